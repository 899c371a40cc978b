// DaemonStage: what the first process of `run --daemon` tells the supervisor, and what they both do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/service/daemon_options.hpp"
#include "host/service/supervised_child.hpp"

namespace agent::host {

struct DaemonStage {
  DaemonOptions options{};
  SupervisedCommand command{};
  int after = 0;  // a process whose end comes first, 10 minutes at most; 0 = none
};

// The command line that makes a program of ours the supervisor, its name first, and back. A wrong one throws
// Errc::bad_message.
std::vector<std::string> stage_arguments(const DaemonStage& stage);
bool is_stage(int argc, char** argv);
DaemonStage parse_stage(const std::vector<std::string>& arguments);

// How the supervisor's report begins when all is well; anything else is the reason why it gave up.
inline constexpr std::string_view kBeganReport = "began";
inline constexpr std::string_view kLaterReport = "later";
inline constexpr std::string_view kEndedReport = "ended ";  // at once; its code follows, as of a shell, and
inline constexpr std::string_view kAgainReport = " again";  // perhaps this
inline constexpr int kReportDescriptor = 3;

// Between fork and exec: moves the report's pipe to its number, and lets nothing else through but stderr.
void prepare_for_stage(int report);

// Sends SIGTERM to the daemon and waits until it has ended, 30 s at most: a supervisor kills a child that
// hangs after 20. Throws Errc::timeout, Errc::io.
void end_daemon(const std::string& pid_file);

// Removes the file of a daemon that has ended; leaves what is not ours.
void remove_stale(const std::string& pid_file);

}  // namespace agent::host
