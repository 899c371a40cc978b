#include "store/etcd_store.hpp"

#include <asio/this_coro.hpp>
#include <atomic>
#include <random>
#include <thread>
#include <utility>

#include "net/spawn.hpp"
#include "store/etcd_calls.hpp"
#include "store/store_reply.hpp"

namespace server::store {
namespace {

using agent::Task;

// What was asked for on another thread.
template <class Result>
struct Question {
  std::optional<Result> result;
  std::exception_ptr failure;
};

template <class Result>
Task<> keep(Task<Result> work, std::shared_ptr<Question<Result>> question) {
  try {
    question->result = co_await std::move(work);
  } catch (const agent::Error& error) {
    if (dynamic_cast<const StoreError*>(&error) != nullptr || error.code() == agent::Errc::cancelled) throw;
    throw StoreError(Fault::unavailable, std::string("etcd: ") + error.what());
  }
}

EtcdOptions with_random(EtcdOptions options) {
  if (options.random) return options;
  options.random = [engine = std::mt19937(std::random_device()())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
  return options;
}

}  // namespace

class EtcdStore::Engine {
 public:
  explicit Engine(EtcdOptions options)
      : options_(with_random(std::move(options))),
        client_(loop_, options_),
        upstream_(loop_, client_, options_),
        calls_(client_, upstream_, options_) {
    agent::net::spawn(loop_, upstream_.run(), "store: the watch of etcd");
    thread_ = std::thread([this] { loop_.run(); });
    try {
      upstream_.wait_for_start(options_.timing.start);
    } catch (...) {
      close();
      throw;
    }
  }
  ~Engine() { close(); }

  EtcdCalls& calls() { return calls_; }
  bool is_foreign() const { return options_.is_foreign; }
  std::shared_ptr<WatchHub> hub() const { return upstream_.hub(); }
  std::string id() const { return upstream_.id(); }

  void close() {
    if (is_closed_.exchange(true)) return;
    loop_.post([this] {
      client_.close();
      upstream_.close();
      loop_.post([this] { loop_.stop(); });
    });
    thread_.join();
    loop_.end();
    if (const auto hub = upstream_.hub()) hub->close("the store is closed");
  }

  // Runs on the store's loop; throws, or returns, what it does.
  template <class Result>
  static Task<Result> ask(Engine* engine, Task<Result> work, Time deadline) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    if (engine->is_closed_) throw StoreError(Fault::unavailable, "the store is closed");
    const auto question = std::make_shared<Question<Result>>();
    const auto reply = std::make_shared<StoreReply>(home);
    Task<> step = keep(std::move(work), question);
    begin(engine, std::move(step), question, reply);
    const bool in_time = co_await StoreReply::wait(reply, deadline);
    if (!in_time) throw StoreError(Fault::unavailable, "no answer in time; a write may have happened");
    if (question->failure) std::rethrow_exception(question->failure);
    if (!question->result)
      throw StoreError(Fault::unavailable, "the store was closed; a write may have happened");
    co_return std::move(*question->result);
  }

 private:
  template <class Result>
  static void begin(Engine* engine, Task<> step, std::shared_ptr<Question<Result>> question,
                    std::shared_ptr<StoreReply> reply) {
    // Goes with the work's end, also when that is the loop's.
    const std::shared_ptr<void> settled(nullptr, [reply](void*) { reply->settle(); });
    agent::net::spawn(engine->loop_, std::move(step),
                      [question, settled](std::exception_ptr thrown) { question->failure = thrown; });
  }

  const EtcdOptions options_;
  agent::net::Loop loop_;
  EtcdClient client_;
  EtcdUpstream upstream_;
  EtcdCalls calls_;
  std::atomic<bool> is_closed_{false};
  std::thread thread_;
};

EtcdStore::EtcdStore(EtcdOptions options) : engine_(std::make_unique<Engine>(std::move(options))) {}
EtcdStore::~EtcdStore() { EtcdStore::close(); }
void EtcdStore::close() { engine_->close(); }

void EtcdStore::check_writable() const {
  if (engine_->is_foreign())
    throw StoreError(Fault::refused, "the keys of this etcd are somebody else's: they are only read");
}

Task<Snapshot> EtcdStore::get(KeyRange range, std::size_t limit, Time deadline) {
  check(range);
  return Engine::ask(engine_.get(), engine_->calls().get(std::move(range), limit, deadline), deadline);
}

Task<TxnAnswer> EtcdStore::txn(Txn txn, Time deadline) {
  check_writable();
  check(txn);
  return Engine::ask(engine_.get(), engine_->calls().txn(std::move(txn), deadline), deadline);
}

std::unique_ptr<Watch> EtcdStore::watch(WatchOrder order) { return engine_->hub()->watch(std::move(order)); }
std::unique_ptr<View> EtcdStore::view(KeyRange range) { return engine_->hub()->view(std::move(range)); }

Task<LeaseState> EtcdStore::grant(std::chrono::milliseconds ttl, LeaseId id, Time deadline) {
  check_writable();
  check_ttl(ttl);
  if (id < 0) throw StoreError(Fault::refused, "lease: below 0");
  return Engine::ask(engine_.get(), engine_->calls().grant(ttl, id, deadline), deadline);
}

Task<std::optional<LeaseState>> EtcdStore::keep_alive(LeaseId id, Time deadline) {
  check_writable();
  return Engine::ask(engine_.get(), engine_->calls().keep_alive(id, deadline), deadline);
}

Task<bool> EtcdStore::revoke(LeaseId id, Time deadline) {
  check_writable();
  return Engine::ask(engine_.get(), engine_->calls().revoke(id, deadline), deadline);
}

Task<std::optional<LeaseState>> EtcdStore::lease(LeaseId id, Time deadline) {
  return Engine::ask(engine_.get(), engine_->calls().lease(id, deadline), deadline);
}

Revision EtcdStore::revision() const { return engine_->hub()->revision(); }
std::string EtcdStore::id() const { return engine_->id(); }

StoreFigures EtcdStore::figures() const {
  const WatchHub::Figures hub = engine_->hub()->figures();
  return {.revision = hub.revision,
          .keys = hub.keys,
          .bytes = hub.bytes,
          .watches = hub.watches,
          .leases = std::nullopt,
          .commits = std::nullopt};
}

}  // namespace server::store
