#include "hub/session.hpp"

#include <fmt/format.h>

#include <bit>
#include <utility>

#include "agent/log.hpp"
#include "hub/call_slot.hpp"
#include "hub/hub.hpp"

namespace server {

namespace log = agent::log;
using agent::Envelope;
using agent::Errc;
using agent::Error;
using agent::net::Clock;

namespace {

// One thread writes, so that an atomic addition is not needed.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

}  // namespace

Session::Session(LoopSessions& home, agent::net::WebSocket& socket, agent::wire::Come come)
    : home_(home), socket_(&socket), come_(std::move(come)) {}

// ------------------------------------------------------------------------------------- any thread

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

void Session::send(std::string json) {
  home_.mailbox().run([self = shared_from_this(), json = std::move(json)] {
    if (!self->is_open()) return;
    if (self->is_congested(json.size())) return self->home_.counters().dropped_messages.add();
    self->write(json);
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

void Session::begin() { home_.add(*this); }

void Session::end(std::string_view reason) {
  socket_ = nullptr;
  home_.remove(*this);
  end_calls(reason);
}

void Session::receive(std::string text) {
  if (!is_open()) return;
  const std::size_t bytes = text.size();
  add(in_packets_, 1);
  add(in_bytes_, bytes);
  home_.counters().messages_in.add();
  home_.counters().bytes_in.add(bytes);
  try {
    ++bad_in_a_row_;
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

void Session::deliver(Envelope envelope, std::size_t bytes) {
  auto found = calls_.find(envelope.tid());
  if (found == calls_.end()) return home_.counters().count(ReplyDrop::unknown_tid);
  CallSlot& slot = *found->second;
  if (slot.has_room(bytes)) return slot.put(std::move(envelope), bytes);
  home_.counters().count(ReplyDrop::overflow);
  slot.end({CallResult::overflow, Error(Errc::too_large, "replies arrive faster than they are taken")});
  calls_.erase(found);
}

void Session::handle_report(const Envelope& envelope) {
  if (envelope.type() == agent::wire::AgentInfo::message.type) {
    return keep_report(envelope.payload<agent::wire::AgentInfo>());
  }
  if (const ReportHandler* handler = home_.hub().report_handler(envelope.type())) {
    (*handler)(*this, envelope);
  } else {
    home_.counters().unknown_reports.add();
  }
}

void Session::keep_report(agent::wire::AgentInfo info) {
  std::shared_ptr<const Report> report =
      std::make_shared<Report>(Report{std::move(info), std::chrono::system_clock::now()});
  std::lock_guard lock(report_mutex_);
  report_.swap(report);
}

void Session::count_bad(const Error& error) {
  home_.counters().bad_messages.add();
  // The 1st, 2nd, 4th, 8th ...: an agent must not fill our log.
  if (std::has_single_bit(++bad_messages_)) {
    log::warn("agent {}: unreadable message ({} so far): {}", id(), bad_messages_, error.what());
  }
  if (bad_in_a_row_ >= kBadMessageLimit) close(1008, "too many unreadable messages");
}

void Session::open_call(std::shared_ptr<CallSlot> slot, std::string_view json) {
  if (!is_open()) return slot->end(gone("agent is gone"));
  if (calls_.size() >= kCallLimit) {
    return slot->end({CallResult::busy, Error(Errc::busy, "too many calls of this agent are in progress")});
  }
  CallSlot& target = *slot;
  calls_.emplace(target.tid, std::move(slot));
  send_for(target, json);
}

void Session::send_for(CallSlot& slot, std::string_view json) {
  if (!is_open()) return;  // the call was ended with the reason
  if (!is_congested(json.size())) return write(json);
  slot.end({CallResult::busy, Error(Errc::busy, "agent does not read what it is sent")});
  close_call(slot.tid);
}

void Session::close_call(std::string_view tid) { calls_.erase(tid); }

void Session::keep_alive(Clock::time_point now, const KeepAliveTimes& times) {
  if (!is_open()) return;
  switch (server::keep_alive(now, socket_->last_heard(), pinged_at_, times)) {
    case KeepAlive::wait: return;
    case KeepAlive::ping: pinged_at_ = now; return ping();
    case KeepAlive::close:
      log::info("agent {}: silent for {} s", id(), (now - socket_->last_heard()) / std::chrono::seconds(1));
      close(1001, "silent for too long");
      socket_->stream().close();  // nobody is there to take a close frame
      return;
  }
}

void Session::ping() {
  if (is_open()) socket_->ping();
}

bool Session::heard_since(Clock::time_point time) const { return is_open() && socket_->last_heard() > time; }

void Session::write(std::string_view json) {
  add(out_packets_, 1);
  add(out_bytes_, json.size());
  home_.counters().messages_out.add();
  home_.counters().bytes_out.add(json.size());
  socket_->send(json);
}

bool Session::is_congested(std::size_t more) const {
  const std::size_t queued = socket_->stream().queued();
  return queued > 0 && queued + more > kSendLimit;
}

void Session::end_calls(std::string_view reason) {
  for (auto& [tid, slot] : std::exchange(calls_, {})) slot->end(gone(reason));
}

CallEnd Session::gone(std::string_view reason) const {
  if (home_.hub().is_stopping()) return {CallResult::cancelled, Error(Errc::cancelled, "server is stopping")};
  return {CallResult::disconnected, Error(Errc::disconnected, std::string(reason))};
}

}  // namespace server
