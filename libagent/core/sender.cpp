#include "core/sender.hpp"

#include <optional>
#include <utility>

#include "net/spawn.hpp"

namespace agent::core {

void Sender::attach(net::WebSocket& socket, const std::string& first) {
  socket_ = &socket;
  streams_ = std::make_shared<net::BulkStreams>(socket);
  ++session_;
  draining_ = false;
  if (!first.empty()) {
    const Outbox::Item item{first};
    write(item);
  }
  pump();
}

void Sender::detach() {
  socket_ = nullptr;
  if (streams_) streams_->close("the session has ended");
  streams_.reset();
  counters_.dropped_replies.add(outbox_.drop_replies());
  outbox_.drop_spooled();
  changed_.wake();
}

void Sender::reply(std::string text) {
  if (socket_ == nullptr) {
    counters_.dropped_replies.add();
    return;
  }
  outbox_.push_reply(std::move(text));
  pump();
}

void Sender::flush() {
  if (socket_ != nullptr && socket_->stream().queued() > 0) socket_->stream().flush();
}

void Sender::report(std::string text) {
  counters_.dropped_reports.add(outbox_.push_report(std::move(text)));
  pump();
}

void Sender::spooled(std::uint64_t number, std::string text) {
  if (socket_ == nullptr) return;
  outbox_.push_spooled(number, std::move(text));
  pump();
}

void Sender::pump() {
  const bool had_room = has_room();
  const bool was_idle = is_idle();
  while (socket_ != nullptr && socket_->stream().queued() < kSocketWindow) {
    const std::optional<Outbox::Item> item = outbox_.pop();
    if (!item) break;
    write(*item);
  }
  if ((!had_room && has_room()) || (!was_idle && is_idle())) changed_.wake();
  if (socket_ == nullptr || outbox_.empty() || draining_) return;
  draining_ = true;
  net::spawn(loop_, drain(), "sender");
}

void Sender::write(const Outbox::Item& item) {
  counters_.sent_messages.add();
  counters_.sent_bytes.add(item.text.size());
  if (item.again) counters_.resent_messages.add();
  socket_->send(item.text, item.pace == Pace::prompt ? net::Flush::now : net::Flush::soon);
  if (item.lane != Outbox::Lane::spooled) return;
  if (on_spooled_written) on_spooled_written(item.number);
  if (after_spooled) after_spooled();
}

// Runs while the socket takes less than there is to send.
Task<> Sender::drain() {
  int session = session_;
  try {
    while (socket_ != nullptr && session == session_ && !outbox_.empty()) {
      co_await socket_->stream().room(kSocketWindow / 2);
      if (session == session_) pump();
    }
  } catch (const Error&) {
    changed_.wake();  // the session's reader may wait for room: let it find out and end the session
  }
  if (session == session_) draining_ = false;
}

}  // namespace agent::core
