#include "commands/command_order.hpp"

#include <fmt/format.h>

#include "agent/auth.hpp"
#include "agent/error.hpp"
#include "base/ascii_case.hpp"
#include "base/log_redaction.hpp"
#include "commands/command_limits.hpp"
#include "commands/command_term.hpp"
#include "commands/shown_text.hpp"
#include "order_error.hpp"

namespace server {
namespace {

using agent::equals_ignoring_case;

// Bytes of a command line that are kept for people.
constexpr std::size_t kCommandLimit = 1024;

}  // namespace

void check_exec(const agent::wire::Exec& exec) {
  if (exec.terminal) check_size(*exec.terminal);
  if (exec.cmd.empty() && !exec.terminal) throw OrderError(agent::Errc::bad_message, "Missing [cmd]");
  check_auth(exec.auth);
  check_limits(exec.limits);
}

void check_auth(const std::string& auth) {
  try {
    agent::parse_auth(auth);
  } catch (const agent::Error& error) {
    throw OrderError(error.code(), fmt::format("bad param: {}", error.text()));
  }
}

std::string shown_command(const agent::wire::Exec& exec) {
  std::string line = exec.cmd.empty() && exec.terminal ? "(login shell)" : exec.cmd;
  for (const std::string& arg : exec.args) line.append(" ").append(arg);
  return agent::escape_controls(shown_text(line, kCommandLimit));
}

}  // namespace server
