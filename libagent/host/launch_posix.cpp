#include "base/digest.hpp"
#include "host/environment.hpp"
#include "host/launch.hpp"
#include "host/user_account.hpp"

namespace agent::host {
namespace {

// Begins with a character that output seldom ends with, and cannot be guessed.
std::string make_prompt() { return "~libagent-" + random_hex(8) + "~"; }

// Only where one is needed: OpenSSL's random source takes 2 MB at its first use.
std::string prompt_for(const ProcessOptions& options) {
  return options.auth == Auth::sudo && !is_root() ? make_prompt() : "";
}

void append(std::vector<std::string>& entries, const std::vector<std::string>& more) {
  entries.insert(entries.end(), more.begin(), more.end());
}

}  // namespace

Launch plan_launch(const ProcessOptions& options, const std::string& mark) {
  check_options(options);
  Launch launch;
  launch.prompt = prompt_for(options);
  CommandLine command = make_command_line(options, is_root(), launch.prompt);
  launch.asker = command.asker;
  if (options.timeout.count() > 0) launch.timeout = options.timeout;
  launch.terminal = options.terminal || command.asker != Asker::nobody;

  SpawnPlan& plan = launch.plan;
  std::vector<std::string> added;
  if (options.auth != Auth::none && command.asker == Asker::nobody) {
    plan.user = find_user(options.user);
    added = environment_of(*plan.user);
  }
  append(added, options.env);
  added.push_back(mark);
  const std::vector<std::string> own = own_environment();
  plan.environment = merge_environment(own, added);
  // Who gets a password is looked up where we would look, not where the caller's PATH points.
  plan.programs = program_candidates(
      command.argv.front(), value_of(command.asker == Asker::nobody ? plan.environment : own, "PATH"));
  plan.argv = std::move(command.argv);
  plan.workdir = options.workdir;
  plan.terminal = launch.terminal;
  return launch;
}

}  // namespace agent::host
