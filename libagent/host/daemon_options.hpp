// DaemonOptions: what `run --daemon` was told.
#pragma once

#include <string>

namespace agent::host {

struct DaemonOptions {
  bool is_wanted = false;  // --daemon
  std::string pid_file;
  unsigned max_exits = 0;  // 0 = without end
  std::string user;        // "" = ours
  std::string output;      // file for stdout and stderr of supervisor and child; "" = /dev/null
  bool replace = false;    // ends the one that runs, if any, and takes its place
  bool stop = false;       // ends the one that runs, and starts none
  bool reload = false;     // sends SIGHUP to the one that runs
  bool status = false;     // says whether one runs

  // Whether a program is to run afterwards, which needs a configuration.
  bool starts() const { return !stop && !reload && !status; }
};

// The options of a command line, which is a CLI::App: both programs' main() have one.
template <class App>
void add_daemon_options(App& app, DaemonOptions& options) {
  const char* group = "Without a service manager (run --daemon)";
  auto* daemon = app.add_flag("--daemon", options.is_wanted, "run in the background, restarted when it ends");
  auto* pid_file = app.add_option("--pid-file", options.pid_file, "where the supervisor's process id stands");
  auto* output = app.add_option("--output", options.output, "file for stdout and stderr, else /dev/null");
  auto* user = app.add_option("--user", options.user, "the user to run as; only root may name another one");
  auto* max_exits =
      app.add_option("--max-exits", options.max_exits, "give up after so many ends; 0 (default) = never");
  auto* replace = app.add_flag("--replace", options.replace, "end the one that runs, and take its place");
  auto* stop = app.add_flag("--stop", options.stop, "end the one that runs");
  auto* reload = app.add_flag("--reload", options.reload, "send SIGHUP to the one that runs");
  auto* status = app.add_flag("--status", options.status, "say whether one runs: 0 yes, 3 no, 1 died");
  daemon->needs(pid_file)->group(group);
  pid_file->type_name("FILE");
  output->type_name("FILE");
  user->type_name("USER");
  max_exits->type_name("N");
  for (auto* option : {pid_file, output, user, max_exits, replace, stop, reload, status})
    option->needs(daemon)->group(group);
  stop->excludes(replace)->excludes(reload)->excludes(status);
  reload->excludes(replace)->excludes(status);
  status->excludes(replace);
}

}  // namespace agent::host
