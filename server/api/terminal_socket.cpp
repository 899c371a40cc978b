#include "api/terminal_socket.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "agent/json.hpp"
#include "agent/log.hpp"
#include "commands/command_term.hpp"
#include "net/spawn.hpp"
#include "order_error.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::Task;
using agent::net::Clock;

namespace {

// Bytes of one message: others pass between two of them.
constexpr std::size_t kPiece = 16 * 1024;
// Bytes that may wait in the socket's queue, and what a client that counts may be behind.
constexpr std::size_t kQueue = 64 * 1024;
constexpr std::uint64_t kUnseen = 128 * 1024;
// A client that comes anew is shown so many bytes before the end: screens, and not a day's output.
constexpr std::uint64_t kLastScreens = 256 * 1024;
// After a jump.
constexpr std::uint64_t kLastScreen = 16 * 1024;
// A client keeps its input until it is told: not for each key.
constexpr std::uint64_t kWorthTelling = 4 * 1024;
// A client that answers no ping for this long has gone.
constexpr std::chrono::seconds kSilence{60};

// RFC 6455, 7.4.1
constexpr std::uint16_t kNormalClosure = 1000;
constexpr std::uint16_t kInternalError = 1011;

}  // namespace

// Its place in the audience, for as long as what it sends is taken.
class TerminalSocket::Attendance {
 public:
  explicit Attendance(TerminalSocket& socket) : socket_(socket) {
    socket.seat_ =
        socket.command_->join(socket.guest_.client, socket.guest_.who, socket.position_, socket.guest_.types);
  }
  ~Attendance() {
    socket_.is_over_ = true;
    socket_.command_->leave(socket_.seat_);
  }
  Attendance(const Attendance&) = delete;
  Attendance& operator=(const Attendance&) = delete;

 private:
  TerminalSocket& socket_;
};

TerminalSocket::TerminalSocket(std::shared_ptr<Command> command,
                               std::shared_ptr<agent::net::WebSocket> socket, TerminalGuest guest,
                               std::chrono::milliseconds quiet)
    : command_(std::move(command)),
      socket_(std::move(socket)),
      guest_(std::move(guest)),
      quiet_(quiet),
      position_(begin_of(guest_.offset)) {}

std::uint64_t TerminalSocket::begin_of(std::optional<std::uint64_t> offset) const {
  const std::uint64_t kept = command_->output()->spool().kept();
  if (offset) return std::min(*offset, kept);
  return kept - std::min(kept, kLastScreens);
}

Task<> TerminalSocket::serve(std::shared_ptr<TerminalSocket> self) {
  const Attendance attendance(*self);
  self->greet();
  agent::net::spawn(self->command_->loop(), show_all(self), "terminal");
  co_await take_all(self);
}

void TerminalSocket::send(const TerminalNews& news) { socket_->send(agent::json::encode(news)); }

// ------------------------------------------------------------------------------ what the client sends

Task<> TerminalSocket::take_all(std::shared_ptr<TerminalSocket> self) {
  for (;;) {
    std::string message = co_await self->socket_->read();
    self->take(message, self->socket_->is_text());
    while (std::optional<std::string> more = self->socket_->next())
      self->take(*more, self->socket_->is_text());
    while (!self->command_->has_input_room()) {
      self->waits_for_room_ = true;
      const Clock::time_point look = Clock::now() + self->quiet_;
      co_await self->command_->change(look);
    }
    self->waits_for_room_ = false;
  }
}

void TerminalSocket::take(const std::string& message, bool is_text) {
  if (!is_text) return take_bytes(message);
  try {
    take_order(message);
  } catch (const Error& error) {
    refuse(error.text());
  }
}

void TerminalSocket::refuse(std::string_view text) { send({.type = "error", .text = std::string(text)}); }

bool TerminalSocket::may_type() {
  if (!command_->takes_input()) {
    refuse("this command takes no input");
  } else if (command_->audience().writer() != seat_) {
    refuse("somebody else types; send {\"type\":\"take\"} to take over");
  } else {
    return true;
  }
  return false;
}

void TerminalSocket::take_bytes(std::string_view bytes) {
  if (!may_type()) return;
  command_->type(bytes);
  command_->audience().count_typed(seat_, bytes.size());
  untold_ += bytes.size();
  if (untold_ >= kWorthTelling) tell_typed();
}

void TerminalSocket::take_order(std::string text) {
  const auto order = agent::json::decode<TerminalOrder>(std::move(text));
  if (order.type == "seen") {
    seen_ = std::max(seen_.value_or(0), std::min(order.offset, position_));
    return command_->saw(seat_, *seen_);
  }
  if (order.type == "take") {
    if (!command_->takes_input()) return refuse("this command takes no input");
    if (!command_->take_over(seat_)) refuse("a newer connection of the same client types");
    return;
  }
  const bool is_known = order.type == "resize" || order.type == "eof" || order.type == "signal";
  if (!is_known) throw Error(Errc::bad_message, "type: want resize, eof, signal, take or seen");
  if (!may_type()) return;
  if (order.type == "resize") return resize({.rows = order.rows, .cols = order.cols});
  if (order.type == "eof") return command_->end_input();
  if (!is_signal(order.name))
    return refuse("name: want INT, TERM, HUP, QUIT, KILL, USR1, USR2, TSTP or CONT");
  if (!command_->signal(order.name)) refuse("the agent is away");
}

void TerminalSocket::resize(const agent::wire::TerminalCells& size) {
  check_size(size);
  command_->resize(size);
  told_size_ = size;  // others hear of it
}

// ------------------------------------------------------------------------------- what the client sees

void TerminalSocket::greet() {
  TerminalNews hello{.type = "hello", .task = command_->id(), .offset = position_};
  hello.typed = command_->audience().typed(guest_.client);
  send(hello);
  told_writer_ = ~Audience::Seat{0};
  tell_changes();
}

void TerminalSocket::tell_typed() {
  untold_ = 0;
  if (!guest_.client.empty()) send({.type = "typed", .typed = command_->audience().typed(guest_.client)});
}

void TerminalSocket::tell_changes() {
  if (told_writer_ != command_->audience().writer()) tell_writer();
  if (told_size_ != command_->size()) tell_size();
  if (!command_->is_over() && told_state_ != command_->record().state) tell_state();
}

void TerminalSocket::tell_writer() {
  told_writer_ = command_->audience().writer();
  send({.type = "writer",
        .you = told_writer_ == seat_,
        .who = std::string(command_->audience().writer_name())});
}

void TerminalSocket::tell_size() {
  told_size_ = command_->size();
  if (told_size_) send({.type = "size", .rows = told_size_->rows, .cols = told_size_->cols});
}

void TerminalSocket::tell_state() {
  told_state_ = command_->record().state;
  send({.type = "state", .state = told_state_, .reason = command_->record().reason});
}

void TerminalSocket::tell_end() {
  const CommandRecord& record = command_->record();
  send({.type = "exit",
        .state = record.state,
        .reason = record.reason,
        .code = record.code,
        .signal = record.signal,
        .ended_by = record.ended_by});
  socket_->close(kNormalClosure, "the command has ended");
}

bool TerminalSocket::has_credit() const { return !seen_ || position_ < *seen_ + kUnseen; }

void TerminalSocket::skip() {
  const std::uint64_t kept = command_->output()->spool().kept();
  const std::uint64_t next = command_->audience().next_for(position_, kept, kLastScreen);
  if (next == position_) return;
  send({.type = "skipped", .offset = next, .from = position_});
  position_ = next;
  if (seen_) seen_ = next;
}

void TerminalSocket::keep_alive(bool was_woken) {
  if (was_woken) return;
  if (!waits_for_room_ && Clock::now() - socket_->last_heard() > kSilence)
    throw Error(Errc::disconnected, "the client is silent");
  socket_->ping();
}

Task<> TerminalSocket::show_piece(std::shared_ptr<TerminalSocket> self) {
  std::string bytes = co_await CommandOutput::read(self->command_->output(), self->position_, kPiece);
  if (self->is_over_ || bytes.empty()) co_return;
  self->socket_->send_binary(bytes);
  self->position_ += bytes.size();
  std::size_t limit = kQueue;
  co_await self->socket_->stream().room(limit);
  if (!self->is_over_ && !self->seen_) self->command_->saw(self->seat_, self->position_);
}

Task<> TerminalSocket::show(std::shared_ptr<TerminalSocket> self) {
  while (!self->is_over_) {
    self->tell_changes();
    self->skip();
    const bool has_more = self->position_ < self->command_->output()->spool().kept();
    if (has_more && self->has_credit()) {
      co_await show_piece(self);
      continue;
    }
    if (!has_more && self->command_->is_over()) co_return self->tell_end();
    const Clock::time_point look = Clock::now() + self->quiet_;
    const bool woken = co_await self->command_->change(look);
    if (!self->is_over_) self->keep_alive(woken);
  }
}

Task<> TerminalSocket::show_all(std::shared_ptr<TerminalSocket> self) {
  try {
    co_await show(self);
  } catch (const std::exception& error) {
    agent::log::debug("terminal of task {}: {}", self->command_->id(), error.what());
    self->socket_->close(kInternalError, error.what());
  }
}

}  // namespace server
