#include "hub/agent_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "agent/log.hpp"
#include "agent/wire/call.hpp"
#include "agent/wire/exec.hpp"
#include "agent/wire/file.hpp"
#include "agent/wire/kept.hpp"
#include "hub/hub.hpp"
#include "hub/limit_reports.hpp"
#include "hub/receiver.hpp"

namespace server {

namespace log = agent::log;
using agent::Envelope;
using agent::Errc;
using agent::Error;
using agent::Task;
using agent::net::Clock;

namespace {

// RFC 6455, 7.4.1
constexpr std::uint16_t kGoingAway = 1001;
constexpr std::uint16_t kPolicyViolation = 1008;

// What this server can do beyond the originals' protocol (docs/wire.md, "Capabilities").
constexpr std::array kCapabilities{agent::wire::kAckCapability,    agent::wire::kStreamCapability,
                                   agent::wire::kKillCapability,   agent::wire::kEndCapability,
                                   agent::wire::kCancelCapability, agent::wire::kSeriesCapability,
                                   agent::wire::kLimitsCapability, agent::wire::kReportsCapability,
                                   agent::wire::kBriefCapability,  agent::wire::kTermCapability};

// Those of kCapabilities that the agent has, too, and that are `allowed`: what is in force in the session.
std::vector<std::string> common_capabilities(const std::vector<std::string>& offered,
                                             const std::vector<std::string>& allowed) {
  const auto has = [](const std::vector<std::string>& list, std::string_view capability) {
    return std::find(list.begin(), list.end(), capability) != list.end();
  };
  std::vector<std::string> common;
  for (std::string_view ours : kCapabilities) {
    if (has(offered, ours) && has(allowed, ours)) common.emplace_back(ours);
  }
  return common;
}

// One thread writes, so that an atomic addition is not needed.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

}  // namespace

Session::Session(Shard& home, agent::net::WebSocket& socket, agent::wire::Come come, Grant grant)
    : home_(home),
      socket_(&socket),
      come_(std::move(come)),
      capabilities_(common_capabilities(come_.caps, home.hub().options().capabilities)),
      address_(socket.stream().remote_address()),
      grant_(std::move(grant)) {}

// ------------------------------------------------------------------------------------- any thread

bool Session::has(std::string_view capability) const {
  return std::find(capabilities_.begin(), capabilities_.end(), capability) != capabilities_.end();
}

std::shared_ptr<const Report> Session::report() const {
  std::lock_guard lock(report_mutex_);
  return report_;
}

Traffic Session::traffic() const {
  return {.in_packets = in_packets_.load(std::memory_order_relaxed),
          .in_bytes = in_bytes_.load(std::memory_order_relaxed),
          .out_packets = out_packets_.load(std::memory_order_relaxed),
          .out_bytes = out_bytes_.load(std::memory_order_relaxed)};
}

void Session::send(std::string json, agent::net::Flush when) {
  home_.mailbox().run([self = shared_from_this(), json = std::move(json), when] {
    if (!self->is_open()) return;
    if (self->is_congested(json.size())) return self->home_.counters().dropped_messages.add();
    self->write(json, when);
  });
}

void Session::resume() {
  home_.mailbox().run([self = shared_from_this()] {
    if (self->is_paused()) self->deliver_waiting();
  });
}

void Session::close(std::uint16_t code, std::string reason) {
  home_.mailbox().run([self = shared_from_this(), code, reason = std::move(reason)] {
    if (!self->is_open()) return;
    self->closing_ = true;
    self->end_calls(reason);
    self->socket_->close(code, reason);
  });
}

// ---------------------------------------------------------------------------------------- its loop

void Session::begin() {
  home_.add(*this);
  home_.hub().tell_session(*this, true);
}

void Session::end(std::string_view reason) {
  socket_ = nullptr;
  home_.remove(*this);
  end_calls(reason);
  home_.hub().tell_session(*this, false);
}

void Session::receive(std::string text) {
  if (!is_open()) return;
  const std::size_t bytes = text.size();
  home_.loop().begin("agent", id());
  add(in_packets_, 1);
  add(in_bytes_, bytes);
  home_.counters().messages_in.add();
  home_.counters().bytes_in.add(bytes);
  if (agent::net::is_bulk(text) && has(agent::wire::kStreamCapability)) return receive_bulk(text);
  try {
    ++bad_in_a_row_;
    if (home_.hub().take_text(*this, text)) {
      bad_in_a_row_ = 0;
      return;
    }
    Envelope envelope = Envelope::parse(std::move(text));
    bad_in_a_row_ = 0;
    if (envelope.tid().empty()) {
      handle_report(envelope);
    } else {
      deliver(std::move(envelope), bytes);
    }
  } catch (const Error& error) {
    count_bad(error);
  }
}

std::shared_ptr<agent::net::BulkStreams> Session::streams() {
  if (!is_open() || !has(agent::wire::kStreamCapability)) return nullptr;
  if (!streams_) streams_ = std::make_shared<agent::net::BulkStreams>(*socket_);
  return streams_;
}

void Session::receive_bulk(const std::string& frame) {
  try {
    if (streams_) streams_->receive(frame);
  } catch (const Error& error) {
    close(kPolicyViolation, error.what());
  }
}

void Session::deliver(Envelope envelope, std::size_t bytes) {
  auto found = calls_.find(envelope.tid());
  if (found == calls_.end()) return home_.counters().count(ReplyDrop::unknown_tid);
  Receiver& receiver = *found->second;
  if (receiver.has_room(bytes)) return receiver.put(std::move(envelope), bytes);
  if (!receiver.pauses()) return overflow(found);
  waiting_ = std::make_unique<Waiting>(Waiting{std::move(envelope), bytes, Clock::now()});
}

void Session::deliver_waiting() {
  auto found = calls_.find(waiting_->envelope.tid());
  if (found != calls_.end() && !found->second->has_room(waiting_->bytes)) return;
  std::unique_ptr<Waiting> message = std::move(waiting_);
  resumed_at_ = Clock::now();
  resumed_.wake();
  deliver(std::move(message->envelope), message->bytes);
}

Task<> Session::resumed() {
  while (is_paused()) co_await resumed_.wait();
}

void Session::overflow(Receivers::iterator receiver) {
  home_.counters().count(ReplyDrop::overflow);
  std::shared_ptr<Receiver> ended = std::move(receiver->second);
  calls_.erase(receiver);
  if (!ended->pauses()) cancel(ended->tid());  // at once: its caller may take long to see the end
  ended->end({CallResult::overflow, Error(Errc::too_large, "replies arrive faster than they are taken")});
}

void Session::handle_report(const Envelope& envelope) {
  if (envelope.type() == agent::wire::AgentInfo::message.type) {
    return keep_report(envelope.payload<agent::wire::AgentInfo>());
  }
  const bool is_followed =
      envelope.type() != agent::wire::Held::message.type && home_.reports().publish(id(), envelope);
  if (const ReportHandler* handler = home_.hub().report_handler(envelope.type())) {
    (*handler)(*this, envelope);
  } else if (!is_followed) {
    home_.counters().unknown_reports.add();
  }
}

void Session::keep_report(agent::wire::AgentInfo info) {
  info.limits = has(agent::wire::kLimitsCapability) ? known_limits(std::move(info.limits))
                                                    : agent::wire::LimitReports();
  const std::string text = std::exchange(info.series, {});
  auto series = std::make_shared<AgentSeries>();
  if (has(agent::wire::kSeriesCapability)) *series = read_series(text, id(), type());
  home_.counters().count_series(series->dropped);
  std::shared_ptr<const Report> report =
      std::make_shared<Report>(Report{std::move(info), std::move(series), std::chrono::system_clock::now()});
  std::lock_guard lock(report_mutex_);
  report_.swap(report);
}

void Session::count_bad(const Error& error) {
  home_.counters().bad_messages.add();
  // The 1st, 2nd, 4th, 8th ...: an agent must not fill our log.
  if (std::has_single_bit(++bad_messages_)) {
    log::warn("agent {}: unreadable message ({} so far): {}", id(), bad_messages_, error.what());
  }
  if (bad_in_a_row_ >= kBadMessageLimit) close(kPolicyViolation, "too many unreadable messages");
}

bool Session::open(std::shared_ptr<Receiver> receiver, std::string_view json) {
  return enter(receiver) && send_for(*receiver, json);
}

void Session::join(std::shared_ptr<Receiver> receiver) { enter(std::move(receiver)); }

// False: it was ended with the reason.
bool Session::enter(std::shared_ptr<Receiver> receiver) {
  if (!is_open()) {
    receiver->end(gone("agent is gone"));
  } else if (calls_.size() >= kCallLimit) {
    receiver->end({CallResult::busy, Error(Errc::too_many, std::string(kTooManyCalls))});
  } else if (calls_.contains(receiver->tid())) {
    receiver->end({CallResult::busy, Error(Errc::busy, "another call has this tid")});
  } else {
    const std::string& tid = receiver->tid();
    calls_.emplace(tid, std::move(receiver));
    return true;
  }
  return false;
}

bool Session::send_for(Receiver& receiver, std::string_view json) {
  if (!is_open()) return false;  // the receiver was ended with the reason
  if (!is_congested(json.size())) {
    write(json, agent::net::Flush::at_once);
    return true;
  }
  auto found = calls_.find(receiver.tid());
  if (found == calls_.end()) return false;
  std::shared_ptr<Receiver> ended = std::move(found->second);
  calls_.erase(found);
  ended->end({CallResult::busy, Error(Errc::busy, "agent does not read what it is sent")});
  return false;
}

void Session::leave(std::string_view tid) {
  calls_.erase(tid);
  if (is_paused()) deliver_waiting();
}

// Few bytes behind a request that found room, so that this needs none of its own.
void Session::cancel(std::string_view tid) {
  if (is_open() && has(agent::wire::kCancelCapability))
    write(agent::encode_message(agent::wire::Cancel{}, tid));
}

void Session::keep_alive(Clock::time_point now, const KeepAliveTimes& times) {
  if (!is_open()) return;
  if (is_paused()) return keep_paused(now, times);
  switch (server::keep_alive(now, std::max(socket_->last_heard(), resumed_at_), pinged_at_, times)) {
    case KeepAlive::wait: return;
    case KeepAlive::ping: pinged_at_ = now; return ping();
    case KeepAlive::close:
      log::info("agent {}: silent for {} s", id(), (now - socket_->last_heard()) / std::chrono::seconds(1));
      close(kGoingAway, "silent for too long");
      socket_->stream().close();  // nobody is there to take a close frame
      return;
  }
}

// What the agent says is not read, so that its silence means nothing; but it wants to hear from us.
void Session::keep_paused(Clock::time_point now, const KeepAliveTimes& times) {
  if (!socket_->stream().is_open()) return close(kGoingAway, "connection lost");
  if (now - pinged_at_ >= times.ping) {
    pinged_at_ = now;
    ping();
  }
  if (now - waiting_->since < times.pause) return;
  auto found = calls_.find(waiting_->envelope.tid());
  waiting_.reset();
  resumed_at_ = now;
  resumed_.wake();
  if (found != calls_.end()) overflow(found);
}

void Session::ping() {
  if (is_open()) socket_->ping();
}

bool Session::heard_since(Clock::time_point time) const { return is_open() && socket_->last_heard() > time; }

void Session::write(std::string_view json, agent::net::Flush when) {
  add(out_packets_, 1);
  add(out_bytes_, json.size());
  home_.counters().messages_out.add();
  home_.counters().bytes_out.add(json.size());
  socket_->send(json, when);
}

bool Session::is_congested(std::size_t more) const {
  const std::size_t queued = socket_->stream().queued();
  return queued > 0 && queued + more > kSendLimit;
}

void Session::end_calls(std::string_view reason) {
  waiting_.reset();
  resumed_.wake();
  if (streams_) streams_->close(gone(reason).reason.what());
  for (auto& [tid, slot] : std::exchange(calls_, {})) slot->end(gone(reason));
}

CallEnd Session::gone(std::string_view reason) const {
  if (home_.hub().is_stopping()) return {CallResult::cancelled, Error(Errc::cancelled, "server is stopping")};
  return {CallResult::disconnected, Error(Errc::disconnected, std::string(reason))};
}

}  // namespace server
