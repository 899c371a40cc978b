#include "store/etcd_client.hpp"

#include <algorithm>
#include <utility>

#include "base/timer.hpp"

namespace server::store {

using agent::Clock;
using agent::Errc;
using agent::Error;
using agent::Task;
using agent::json::Document;
using agent::net::HttpRequest;

// Closes a connection at a time, exactly: a Stream's own deadline is looked at once a second.
class EtcdClient::Cutoff {
 public:
  Cutoff(agent::net::Loop& loop, Lease lease, Time time) : timer_(loop.io()) {
    timer_.expires_at(time);
    timer_.async_wait([weak = std::weak_ptr(lease), passed = passed_](std::error_code error) {
      if (error || *passed) return;
      *passed = true;
      if (const Lease still = weak.lock()) still->requester.close();
    });
  }
  ~Cutoff() { *passed_ = true; }
  Cutoff(const Cutoff&) = delete;
  Cutoff& operator=(const Cutoff&) = delete;

 private:
  std::shared_ptr<bool> passed_ = std::make_shared<bool>(false);
  agent::Timer timer_;
};

EtcdClient::EtcdClient(agent::net::Loop& loop, const EtcdOptions& options)
    : loop_(loop), options_(options), endpoints_(options.endpoints, options.random) {}

agent::net::DialOptions EtcdClient::dial_options(const std::string& endpoint) const {
  agent::net::DialOptions dial;
  dial.address = (options_.tls ? "wss://" : "ws://") + endpoint;
  dial.tls = options_.tls;
  dial.timeout = options_.timing.connect;
  return dial;
}

void EtcdClient::check_cluster(const EtcdHeader& header, const std::string& endpoint) {
  if (header.cluster == 0) throw StoreError(Fault::unavailable, endpoint + ": not an etcd");
  if (cluster_ == 0) cluster_ = header.cluster;
  if (header.cluster == cluster_) return;
  throw StoreError(Fault::refused, endpoint + " is of etcd cluster " + std::to_string(header.cluster) +
                                       ", this store is in " + std::to_string(cluster_) +
                                       ": correct the endpoints, or restart to use another cluster");
}

void EtcdClient::close() {
  is_closed_ = true;
  idle_.clear();
  for (Connection* connection : busy_) connection->requester.close();
  freed_.wake();
}

// ------------------------------------------------------------------------------------------ connections

EtcdClient::Lease EtcdClient::lease() {
  const std::string& endpoint = endpoints_.current();
  std::unique_ptr<Connection> connection;
  while (!idle_.empty() && !connection) {
    connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->endpoint != endpoint || !connection->requester.can_go_on()) connection.reset();
  }
  if (!connection) connection = std::make_unique<Connection>(loop_, dial_options(endpoint), endpoint);
  busy_.push_back(connection.get());
  return Lease(connection.release(),
               [this](Connection* back) { give_back(std::unique_ptr<Connection>(back)); });
}

void EtcdClient::give_back(std::unique_ptr<Connection> connection) {
  busy_.erase(std::find(busy_.begin(), busy_.end(), connection.get()));
  --used_;
  freed_.wake_one();
  if (!is_closed_ && connection->requester.can_go_on()) idle_.push_back(std::move(connection));
}

Task<EtcdClient::Lease> EtcdClient::take(Time deadline) {
  if (waiting_ >= kWaitingCalls) throw StoreError(Fault::unavailable, "etcd: too many calls wait");
  ++waiting_;
  const std::shared_ptr<void> leave(nullptr, [this](void*) { --waiting_; });
  while (used_ >= kConnections && !is_closed_) {
    const bool in_time = co_await freed_.wait(deadline);
    if (!in_time) throw StoreError(Fault::unavailable, "etcd: other calls took too long");
  }
  if (is_closed_) throw StoreError(Fault::unavailable, "the store is closed");
  ++used_;
  co_return lease();
}

// Signs in, and asks whether the member is of the cluster: its own state will do.
Task<> EtcdClient::prepare(Lease lease, Time limit) {
  if (!options_.user.empty() && token_.empty()) {
    const std::string who = authenticate_request(options_.user, options_.password);
    const Document answer = co_await exchange(lease, "/v3/auth/authenticate", who, limit, limit);
    token_ = token_answer(answer.root());
  }
  if (lease->is_checked) co_return;
  const std::string look = range_request(KeyRange::key(options_.prefix), 1, 0, false);
  const Document answer = co_await exchange(lease, "/v3/kv/range", look, limit, limit);
  check_cluster(header_of(answer.root()), lease->endpoint);
  lease->is_checked = true;
}

Task<Document> EtcdClient::exchange(Lease lease, const char* path, std::string body, Time limit,
                                    Time deadline) {
  HttpRequest request;
  request.method = "POST";
  request.target = path;
  request.headers.emplace_back("Content-Type", "application/json");
  request.headers.emplace_back("Grpc-Metadata-Hasleader", "true");
  if (!token_.empty()) request.headers.emplace_back("Authorization", token_);
  request.body = std::move(body);
  request.may_be_lost = true;
  auto cutoff = std::make_unique<Cutoff>(loop_, lease, limit);
  const agent::net::HttpHead head = co_await lease->requester.send(std::move(request));
  cutoff = std::make_unique<Cutoff>(loop_, lease, deadline);
  std::string text = co_await lease->requester.read_all(kMostAnswer);
  if (head.status != 200) throw error_of(head.status, text);
  Document document = Document::parse(std::move(text));
  if (const auto error = error_in(document.root())) throw *error;
  co_return document;
}

// ------------------------------------------------------------------------------------------------ calls

Task<EtcdClient::Attempt> EtcdClient::attempt(const char* path, std::string body, Time limit, Time deadline) {
  Attempt out;
  out.endpoint = endpoints_.current();
  try {
    const Lease lease = co_await take(deadline);
    out.endpoint = lease->endpoint;
    co_await prepare(lease, limit);
    out.is_undone = false;
    out.document = co_await exchange(lease, path, std::move(body), limit, deadline);
    endpoints_.succeeded();
  } catch (const EtcdError& error) {
    out.failure = std::current_exception();
    out.fault = error.fault();
    out.is_undone = out.is_undone || error.is_undone || error.is_about_token;
    out.is_about_token = error.is_about_token;
  } catch (const StoreError& error) {
    out.failure = std::current_exception();
    out.fault = error.fault();
    out.is_foreign = error.fault() == Fault::refused;
  } catch (const Error& error) {
    drop_idle();
    const StoreError failure(Fault::unavailable, out.endpoint + ": " + error.what());
    out.failure = std::make_exception_ptr(failure);
  }
  co_return out;
}

bool EtcdClient::may_go_on(const Attempt& failed, Repeat repeat, std::size_t attempts) const {
  if (is_closed_) return false;
  if (failed.is_foreign) return attempts < options_.endpoints.size();
  if (failed.fault != Fault::unavailable) return false;
  return failed.is_undone || repeat == Repeat::always;
}

Task<EtcdClient::Answer> EtcdClient::call(const char* path, std::string body, Repeat repeat, Time deadline) {
  Answer out;
  bool is_token_new = options_.user.empty();
  for (std::size_t attempts = 1;; ++attempts) {
    const Time now = Clock::now();
    const Time limit =
        repeat == Repeat::always ? std::min(deadline, now + options_.timing.attempt) : deadline;
    Attempt result = co_await attempt(path, body, limit, deadline);
    if (result.document) {
      out.document = std::move(*result.document);
      co_return out;
    }
    if (result.is_about_token && !is_token_new) {
      is_token_new = true;
      forget_token();
      continue;
    }
    const std::chrono::milliseconds wait = endpoints_.failed(result.endpoint);
    if (!may_go_on(result, repeat, attempts) || Clock::now() + wait >= deadline)
      std::rethrow_exception(result.failure);
    co_await agent::pause(wait);
  }
}

Task<std::string> EtcdClient::token(Time deadline) {
  if (options_.user.empty()) co_return std::string();
  const Lease lease = co_await take(deadline);
  co_await prepare(lease, deadline);
  co_return token_;
}

}  // namespace server::store
