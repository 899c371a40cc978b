// The JSON texts of a terminal's WebSocket (docs/terminals.md); bytes travel beside them in binary messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/fields.hpp"

namespace server {

// Client to server.
struct TerminalOrder {
  std::string type;
  std::uint32_t rows = 0;
  std::uint32_t cols = 0;
  std::string name;
  std::uint64_t offset = 0;

  static void fields(auto& field) {
    field("type", &TerminalOrder::type, "resize, eof, signal, take or seen");
    field("rows", &TerminalOrder::rows, "of resize");
    field("cols", &TerminalOrder::cols, "of resize");
    field("name", &TerminalOrder::name, "of signal: INT, TERM and so on");
    field("offset", &TerminalOrder::offset, "of seen: all output up to this byte has been shown");
  }
};

// Server to client. `type` says which of the others are there.
struct TerminalNews {
  std::string type;
  std::string task{};
  std::optional<std::uint64_t> offset{};
  std::optional<std::uint64_t> from{};
  std::optional<std::uint64_t> typed{};
  std::optional<std::uint32_t> rows{};
  std::optional<std::uint32_t> cols{};
  std::optional<bool> you{};
  std::string who{};
  std::string state{};
  std::string reason{};
  std::optional<std::int64_t> code{};
  std::int64_t signal = 0;
  std::string ended_by{};
  std::string text{};

  static void fields(auto& field) {
    using agent::omit_empty;
    field("type", &TerminalNews::type, "hello, writer, size, state, skipped, typed, exit or error");
    field("task", &TerminalNews::task, "of hello: the task's id", omit_empty);
    field("offset", &TerminalNews::offset, "of hello and skipped: byte of the output that comes next",
          omit_empty);
    field("from", &TerminalNews::from, "of skipped: byte from which on nothing was shown", omit_empty);
    field("typed", &TerminalNews::typed, "of hello and typed: bytes of this client's input that were taken",
          omit_empty);
    field("rows", &TerminalNews::rows, "of size", omit_empty);
    field("cols", &TerminalNews::cols, "of size", omit_empty);
    field("you", &TerminalNews::you, "of writer: this client types", omit_empty);
    field("who", &TerminalNews::who, "of writer: who types, nobody if it is missing", omit_empty);
    field("state", &TerminalNews::state, "of state and exit: as of tasks", omit_empty);
    field("reason", &TerminalNews::reason, "of state and exit: why", omit_empty);
    field("code", &TerminalNews::code, "of exit", omit_empty);
    field("signal", &TerminalNews::signal, "of exit: the signal that ended it", omit_empty);
    field("ended_by", &TerminalNews::ended_by, "of exit: as of results", omit_empty);
    field("text", &TerminalNews::text, "of error: what was wrong; the terminal goes on", omit_empty);
  }
};

}  // namespace server
