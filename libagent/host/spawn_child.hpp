// From the options of a process to the process: what is decided before it exists, and its start.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/process.hpp"
#include "host/process_arguments.hpp"
#include "host/user_account.hpp"

namespace agent::host {

struct SpawnPlan {
  std::vector<std::string> programs;  // files to try, in this order
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // over ours, of each key the last one
  std::string workdir;                   // "" = ours
  int input = -1;                        // descriptors that become 0, 1 and 2: none of these itself
  int output = -1;
  int error = -1;                   // may be `output`
  bool terminal = false;            // `input` becomes the controlling terminal of a session of its own
  std::optional<UserAccount> user;  // whom to become; we are root then

  // Files to which it writes "0" before anything else, to be in a group from then on (cgroups(7)).
  std::vector<int> group;
  // Directory of a group of cgroup v2, in which the process begins where the system can do it; then the last
  // of `group` is not for it. -1 = none.
  int birthplace = -1;
  std::string oom_score;  // for its /proc/self/oom_score_adj; "" = it keeps ours

  // For those who talk to it.
  Asker asker = Asker::nobody;  // who may ask for a password
  std::string prompt;           // what sudo asks with
};

// Everything but the descriptors. `mark` goes into the environment. Throws as Process::Process() does.
SpawnPlan plan_spawn(const ProcessOptions& options, const std::string& mark);

struct Spawned {
  int pid = 0;
  // The session's id, which is its leader's: without a terminal that is the process itself, with one it is a
  // further child of ours (session_leader.hpp).
  int session = 0;
  std::shared_ptr<void> leader_memory{};  // to be held until that one has been collected

  bool has_leader() const { return session != pid; }
};

// A process that has begun to run the program, in a session of its own, as leader of its process group, with
// default signal handlers and with no other descriptors than 0, 1 and 2. Throws Errc::io: `chdir /x: No such
// file or directory`.
//
// When the calling thread ends, by its own or with us, the system kills the process: unless its program is a
// set-user-ID one, to which the system grants that this ends (prctl(2), PR_SET_PDEATHSIG).
Spawned spawn(const SpawnPlan& plan);

}  // namespace agent::host
