// What people type for a command: Command's part that sends it to the agent.
#include <string>
#include <utility>

#include "agent/base64.hpp"
#include "agent/log.hpp"
#include "commands/command.hpp"
#include "commands/command_term.hpp"

namespace server {

using agent::wire::ExecInput;

void Command::type(std::string_view bytes) {
  if (!input_) return;
  if (recording_ && services_->options.record_input) recording_->note_input(bytes);
  input_->put(bytes);
  send_input();
}

void Command::end_input() {
  if (!input_) return;
  input_->end();
  send_input();
}

void Command::resize(const agent::wire::TerminalCells& size) {
  if (!input_ || size_ == size) return;
  size_ = size;
  if (recording_) recording_->note_size(size);
  if (can_send_input()) send_message({.offset = input_->sent(), .size = size_});
}

bool Command::signal(std::string_view name) {
  if (!input_ || !can_send_input() || !is_signal(name)) return false;
  send_message({.offset = input_->sent(), .signal = std::string(name)});
  return true;
}

// The agent has the request, or gets it before anything that is sent now.
bool Command::can_send_input() const { return link_ && is_linked(fsm_.stage()); }

void Command::send_input() {
  if (!can_send_input()) return;
  while (std::optional<InputPiece> piece = input_->next())
    send_message({.offset = piece->offset, .data = agent::encode_base64(piece->bytes), .end = piece->is_end});
}

void Command::send_message(const ExecInput& message) {
  link_->session().send(agent::encode_message(message, id()));
}

// An agent that is back is asked how far it is, by a message that brings nothing.
void Command::resend_input(bool asks) {
  if (!input_ || !can_send_input()) return;
  input_->rewind();
  if (asks) send_message({.offset = input_->sent(), .size = size_});
  send_input();
}

// ---------------------------------------------------------------------------------- who is there

Audience::Seat Command::join(std::string client, std::string who, std::uint64_t seen, bool types) {
  detach_timer_.reset();
  const Audience::Seat seat = audience_.join(std::move(client), std::move(who), seen, types);
  changed_.wake();
  return seat;
}

void Command::leave(Audience::Seat seat) {
  audience_.leave(seat);
  acknowledge_seen();
  await_people();
  changed_.wake();
}

bool Command::take_over(Audience::Seat seat) {
  const bool took = audience_.take_over(seat);
  changed_.wake();
  return took;
}

void Command::saw(Audience::Seat seat, std::uint64_t offset) {
  audience_.saw(seat, offset);
  acknowledge_seen();
  changed_.wake();
}

// What is on the disk and was held back.
void Command::acknowledge_seen() {
  const bool is_kept = fsm_.keep() == CommandKeep::kept || fsm_.keep() == CommandKeep::unkept;
  if (is_kept && is_linked(fsm_.stage())) acknowledge(output_->written_seq(), agent::net::Flush::now);
}

// A command that takes input is somebody's work: if nobody comes back to it, it ends.
void Command::await_people() {
  const auto limit = services_->options.detach_timeout;
  if (!input_ || !audience_.is_empty() || !is_live(fsm_.stage()) || limit.count() <= 0) return;
  detach_timer_ = std::make_unique<agent::Timer>(loop().io());
  detach_timer_->expires_after(limit);
  detach_timer_->async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) self->end_detached();
  });
}

void Command::end_detached() {
  if (!audience_.is_empty() || is_over()) return;
  agent::log::info("task {}: ended, since nobody has come back to its terminal", id());
  kill();
}

void Command::took_input(const agent::wire::ExecTaken& taken) {
  if (!input_) return;
  input_->taken(taken.got, taken.until, taken.closed);
  send_input();
  changed_.wake();
}

}  // namespace server
