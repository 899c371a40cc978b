// Input and terminals of commands: what may be asked for, and of which agents (capability term).
#pragma once

#include <chrono>
#include <string_view>

#include "agent/wire/exec.hpp"
#include "hub/agent_session.hpp"

namespace server {

// A terminal that asks for no time has a day, not a minute.
inline constexpr std::chrono::seconds kTerminalTimeout = std::chrono::hours(24);

// It has input, or a terminal for a person.
inline bool needs_term(const agent::wire::Exec& exec) {
  return exec.input || !exec.first_input.empty() || exec.terminal.has_value();
}

// Throws OrderError bad_message: "bad param: terminal: rows: 1 to 4096".
void check_size(const agent::wire::TerminalCells& size);
// Whether the session's agent does what `exec` asks for.
bool can_type(const Session& session, const agent::wire::Exec& exec);
// Throws OrderError wrong_type, with the reason, unless can_type().
void check_can_type(const Session& session, const agent::wire::Exec& exec);

// One of the signals that a person may send by name.
bool is_signal(std::string_view name);

}  // namespace server
