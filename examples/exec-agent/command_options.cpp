#include "command_options.hpp"

#include <agent/password.hpp>
#include <algorithm>
#include <utility>

using agent::Errc;
using agent::Error;

namespace {

// The shell of whoever the command runs as. An account that may not log in has a shell that says so.
constexpr const char* kLoginShell = "cd \"${HOME:-/}\" 2>/dev/null; exec \"${SHELL:-/bin/sh}\" -l";

int cells(std::uint32_t count) {
  return static_cast<int>(std::clamp<std::uint32_t>(count, 1, agent::wire::kMostCells));
}

void check_user(const std::string& user, const CommandRules& rules) {
  if (user.empty()) throw Error(Errc::bad_message, "no user set");
  const auto& users = rules.users;
  if (users.empty() || std::find(users.begin(), users.end(), user) != users.end()) return;
  throw Error(Errc::denied, "user " + user + " is not allowed by exec.users");
}

std::vector<std::string> arguments(agent::wire::Exec& request) {
  std::vector<std::string> all = std::move(request.args);
  all.insert(all.begin(), std::move(request.cmd));
  return all;
}

}  // namespace

void CommandRules::check(agent::Settings& settings) const {
  for (const std::string& user : users) {
    try {
      agent::check_user_name(user);
    } catch (const Error&) {
      settings.problem("exec.users", "'" + user + "' cannot be a user's name; want names between commas");
    }
  }
  try {
    agent::check_charset(charset);
  } catch (const Error& error) {
    settings.problem("exec.charset", error.what());
  }
  limit.check(settings);
}

CommandOptions make_options(agent::wire::Exec request, const CommandRules& rules) {
  CommandOptions options;
  agent::ProcessOptions& process = options.process;
  process.auth = agent::parse_auth(request.auth);
  if (process.auth != agent::Auth::none) {
    check_user(request.user, rules);
    agent::Password password = agent::decode_password(request.pass);
    process.user = std::move(request.user);
    process.password = std::move(password.text);
    options.insecure_password = password.insecure && !request.pass.empty();
  }
  if (request.terminal && request.cmd.empty()) {
    process.shell_line = kLoginShell;
  } else if (request.argv) {
    process.argv = arguments(request);
  } else {
    process.shell_line = agent::join_shell_line(request.cmd, request.args);
  }
  process.env = std::move(request.env);
  process.workdir = std::move(request.workdir);
  process.timeout = agent::wire::time_limit(request.timeout);
  process.terminal = request.terminal || !request.pipes;
  if (request.terminal)
    process.size = {.columns = cells(request.terminal->cols), .rows = cells(request.terminal->rows)};
  process.interactive = request.terminal.has_value();
  process.input = request.input || !request.first_input.empty();
  process.input_closed = !process.input;
  process.charset = rules.charset;
  return options;
}
