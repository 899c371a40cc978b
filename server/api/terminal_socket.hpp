// TerminalSocket: one client that watches a command, and types if it may, over a WebSocket
// (docs/terminals.md).
//
// Belongs to the command's loop. Two coroutines share it: one takes what the client sends, one shows it the
// output. The command outlives both.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/task.hpp"
#include "agent/wire/exec.hpp"
#include "api/terminal_messages.hpp"
#include "commands/command.hpp"
#include "net/websocket.hpp"

namespace server {

// A client that comes to a terminal.
struct TerminalGuest {
  std::string client;                   // its own name for itself, "" without one
  std::string who;                      // name of its token, or its address
  std::optional<std::uint64_t> offset;  // the output that it has already; none: the last screens
  bool types = false;                   // it would like to
};

class TerminalSocket : public std::enable_shared_from_this<TerminalSocket> {
 public:
  TerminalSocket(std::shared_ptr<Command> command, std::shared_ptr<agent::net::WebSocket> socket,
                 TerminalGuest guest, std::chrono::milliseconds quiet);
  TerminalSocket(const TerminalSocket&) = delete;
  TerminalSocket& operator=(const TerminalSocket&) = delete;

  // Until the client leaves or the command is over. Throws what ended the connection.
  static agent::Task<> serve(std::shared_ptr<TerminalSocket> self);

 private:
  class Attendance;

  static agent::Task<> take_all(std::shared_ptr<TerminalSocket> self);
  static agent::Task<> show_all(std::shared_ptr<TerminalSocket> self);
  static agent::Task<> show(std::shared_ptr<TerminalSocket> self);
  static agent::Task<> show_piece(std::shared_ptr<TerminalSocket> self);
  void take(const std::string& message, bool is_text);
  void take_bytes(std::string_view bytes);
  void take_order(std::string text);
  void resize(const agent::wire::TerminalCells& size);
  void refuse(std::string_view text);
  bool may_type();
  void greet();
  void tell_typed();
  void tell_changes();
  void tell_writer();
  void tell_size();
  void tell_state();
  void tell_end();
  void skip();
  bool has_credit() const;
  std::uint64_t begin_of(std::optional<std::uint64_t> offset) const;
  void send(const TerminalNews& news);
  void keep_alive(bool was_woken);

  const std::shared_ptr<Command> command_;
  const std::shared_ptr<agent::net::WebSocket> socket_;
  const TerminalGuest guest_;
  const std::chrono::milliseconds quiet_;
  Audience::Seat seat_ = 0;
  std::uint64_t position_ = 0;         // of the output, sent
  std::optional<std::uint64_t> seen_;  // once the client says so
  std::uint64_t untold_ = 0;           // input that was taken since it was told
  // What it was told last.
  Audience::Seat told_writer_ = 0;
  std::optional<agent::wire::TerminalCells> told_size_;
  std::string told_state_;
  bool waits_for_room_ = false;
  bool is_over_ = false;
};

}  // namespace server
