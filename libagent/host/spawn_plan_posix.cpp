#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "agent/error.hpp"
#include "base/digest.hpp"
#include "host/command_environment.hpp"
#include "host/spawn_child.hpp"
#include "host/user_account.hpp"

namespace agent::host {
namespace {

// Begins with a character that output seldom ends with, and cannot be guessed.
std::string make_prompt() { return "~libagent-" + random_hex(8) + "~"; }

// Only where one is needed: OpenSSL's random source takes 2 MB at its first use.
std::string prompt_for(const ProcessOptions& options) {
  return options.auth == Auth::sudo && !is_root() ? make_prompt() : "";
}

Screen screen_of(const ProcessOptions& options, const SpawnPlan& plan) {
  if (!plan.terminal) return Screen::none;
  return options.interactive ? Screen::attended : Screen::unattended;
}

void append(std::vector<std::string>& entries, const std::vector<std::string>& more) {
  entries.insert(entries.end(), more.begin(), more.end());
}

// Empty when the system will look where it always does.
std::string_view our_path() {
  const char* path = ::getenv("PATH");
  return path == nullptr ? "" : path;
}

// The PATH of a process whose environment has these entries over ours.
std::string_view path_over_ours(const std::vector<std::string>& entries) {
  static constexpr std::string_view kKey = "PATH=";
  const auto last = std::find_if(entries.rbegin(), entries.rend(),
                                 [](const std::string& entry) { return entry.starts_with(kKey); });
  return last == entries.rend() ? our_path() : std::string_view(*last).substr(kKey.size());
}

}  // namespace

SpawnPlan plan_spawn(const ProcessOptions& options, const std::string& mark) {
  check_options(options);
  SpawnPlan plan;
  plan.prompt = prompt_for(options);
  CommandLine command = make_command_line(options, is_root(), plan.prompt);
  plan.asker = command.asker;
  plan.terminal = options.terminal || command.asker != Asker::nobody;
  if (plan.terminal && options.error_apart)
    throw Error(Errc::bad_message, "error_apart: a terminal is one stream for output and errors");
  if (options.auth != Auth::none && command.asker == Asker::nobody) plan.user = find_user(options.user);
  plan.environment = default_environment(inherited_environment(), plan.user, screen_of(options, plan));
  append(plan.environment, options.env);
  plan.environment.push_back(mark);
  // A program that gets a password is looked up in our own PATH, not in the caller's.
  const std::string_view path =
      command.asker == Asker::nobody ? path_over_ours(plan.environment) : our_path();
  plan.programs = program_candidates(command.program, path);
  plan.argv = std::move(command.argv);
  plan.workdir = options.workdir;
  return plan;
}

}  // namespace agent::host
