// CtlOptions: what agentctl was told to do. A value; the command line makes it (ctl_command_line.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agentctl/console.hpp"
#include "agentctl/context_file.hpp"
#include "agentctl/view.hpp"

namespace agentctl {

// Exit codes of agentctl itself. `run`, `script`, `follow`, `shell` and `attach` pass the code of the command
// through, and have codes of their own for what is none.
enum ExitCode {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kTimedOut = 124,  // the command was ended by its time-out
  kOwnFailure =
      125,  // agentctl, the server or the way there failed; nothing is known of the command's success
  kCannotStart = 126,
  kNotFound = 127,
  kLost = 255,  // nobody knows how the command ended
};

// The code of the command is agentctl's.
inline bool passes_code_through(std::string_view verb) {
  return verb == "run" || verb == "script" || verb == "follow" || verb == "shell" || verb == "attach";
}

// Which agents are meant.
struct TargetOptions {
  std::vector<std::string> ids;
  std::string where;
  bool all = false;

  bool is_given() const { return !ids.empty() || !where.empty() || all; }
};

// What is run, and how.
struct RunOptions {
  std::vector<std::string> words;  // the command; one word is a line for the shell
  std::chrono::seconds timeout{3600};
  std::chrono::seconds silence{65};  // an agent that has not said so long that it has started is silent
  unsigned parallel = 64;
  bool fail_fast = false;
  bool detach = false;  // start it, print the task, leave
  std::string workdir;
  std::vector<std::string> env;
  std::string auth;  // sudo, su
  std::string user;
  std::string password_file;
  std::int64_t cpu_percent = 0;
  std::string memory;
  std::int64_t pids = 0;
  std::int64_t cpu_seconds = 0;
  std::string type;  // of a script
};

struct CtlOptions {
  std::string verb;                // "agents", "layout run"
  std::vector<std::string> words;  // that stand behind it
  Context context;                 // flags only
  ConsoleOptions console;
  Format format = Format::table;
  TargetOptions targets;
  RunOptions run;
  bool follow = false;     // -f, --watch
  bool all_tasks = false;  // of ps: those that have ended, too
  bool recursive = false;
  bool force = false;
  unsigned lines = 10;            // of audit tail
  std::string file;               // --file, -O
  std::string type;               // --type of agents
  std::int64_t message_type = 0;  // of call
  std::chrono::seconds call_timeout{60};
  std::vector<std::vector<std::string>> groups;  // of layout run
  std::string on_error = "exit";
  std::string escape = "~";  // of shell and attach: one character, or "none"
};

}  // namespace agentctl
