#include "hub/hub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "hub/bindings.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::net::Clock;
using agent::wire::Handshake;

namespace {

// A server that stops for good has gone by then; one that restarts is back.
constexpr std::uint64_t kRetryAfterStop = 5;

}  // namespace

Hub::Hub(HubOptions options, agent::metrics::Registry& metrics)
    : options_(std::move(options)), admission_(options_.connect_limit, Clock::now()) {
  metrics.collect([this](agent::metrics::Exposition& out) { expose(out); });
}

void Hub::attach(agent::net::Loop& loop) {
  shards_.push_back(std::make_unique<Shard>(*this, loop, shards_.size()));
}

void Hub::on_report(int type, ReportHandler handler) { report_handlers_[type] = std::move(handler); }

void Hub::on_session(SessionHandler handler) { session_handlers_.push_back(std::move(handler)); }

void Hub::tell_session(Session& session, bool begins) {
  for (const SessionHandler& handler : session_handlers_) handler(session, begins);
  session.home().reports().tell(session.id());
}

std::shared_ptr<Session> Hub::find(std::string_view id) const {
  Shard& shard = place_of(id).shard;
  return shard.mailbox().is_here() ? shard.sessions().find(id) : shard.sessions().find_from_outside(id);
}

std::vector<std::shared_ptr<Session>> Hub::list() const {
  std::vector<std::shared_ptr<Session>> all;
  all.reserve(size());
  for (const auto& shard : shards_) shard->sessions().list(all);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->id() < b->id(); });
  return all;
}

std::size_t Hub::size() const {
  std::size_t sum = 0;
  for (const auto& shard : shards_) sum += shard->sessions().size();
  return sum;
}

std::shared_ptr<Session> Hub::find_agent(std::string_view id, std::string_view type) const {
  std::shared_ptr<Session> session = find(id);
  if (!session) throw Error(Errc::not_found, "agent");
  if (!type.empty() && session->type() != type) {
    throw Error(Errc::wrong_type,
                fmt::format("invalid agent type want [{}] got [{}]", type, session->type()));
  }
  return session;
}

std::optional<std::chrono::seconds> Hub::admit(Clock::time_point now) {
  std::optional<std::chrono::seconds> wait;
  {
    std::lock_guard lock(admission_mutex_);
    wait = admission_.take(now);
  }
  if (wait) count(ConnectResult::rate_limit);
  return wait;
}

void Hub::bind_ids(Bindings& bindings) {
  bindings_ = &bindings;
  bindings.set_in_use([this](std::string_view id) { return find(id) != nullptr; });
}

void Hub::end_revoked() {
  for (const auto& shard : shards_) {
    shard->mailbox().run([shard = shard.get()] { shard->end_revoked(); });
  }
}

void Hub::stop() {
  stopping_.store(true);
  for (const auto& shard : shards_) {
    shard->mailbox().run([shard = shard.get()] { shard->send_away(); });
  }
}

Handshake Hub::farewell() const {
  Handshake farewell;
  farewell.msg = "server is stopping";
  farewell.redirect = options_.redirect;
  farewell.retry_after = kRetryAfterStop;
  return farewell;
}

void Hub::shut() {
  for (const auto& shard : shards_) shard->mailbox().shut();
}

Shard& Hub::at(const agent::net::Loop& loop) const {
  for (const auto& shard : shards_) {
    if (&shard->loop() == &loop) return *shard;
  }
  assert(!"the loop was not attached");
  std::abort();
}

const ReportHandler* Hub::report_handler(int type) const {
  auto found = report_handlers_.find(type);
  return found == report_handlers_.end() ? nullptr : &found->second;
}

}  // namespace server
