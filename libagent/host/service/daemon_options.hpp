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

// What is wrong with them together; "" = nothing.
std::string problem_of(const DaemonOptions& options);

// The options of a command line, which is a CLI::App: both programs' main() have one.
template <class App>
void add_daemon_options(App& app, DaemonOptions& options) {
  const auto in_group = [](auto* option) {
    return option->group("In the background, without a service manager (run --daemon)");
  };
  in_group(app.add_flag("--daemon", options.is_wanted, "run in the background, restarted when it ends"));
  in_group(app.add_option("--pid-file", options.pid_file, "where the supervisor's process id stands"))
      ->type_name("FILE");
  in_group(app.add_option("--output", options.output, "where stdout and stderr go, else /dev/null"))
      ->type_name("FILE");
  in_group(app.add_option("--user", options.user, "the user to run as; only root may name another one"))
      ->type_name("USER");
  in_group(
      app.add_option("--max-exits", options.max_exits, "give up after so many ends; 0 (default) = never"))
      ->type_name("N");
  in_group(app.add_flag("--replace", options.replace, "end the one that runs, and take its place"));
  in_group(app.add_flag("--stop", options.stop, "end the one that runs"));
  in_group(app.add_flag("--reload", options.reload, "send SIGHUP to the one that runs"));
  in_group(app.add_flag("--status", options.status, "say whether one runs: 0 yes, 3 no, 1 died"));
}

}  // namespace agent::host
