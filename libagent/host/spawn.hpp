// spawn: makes a process out of everything that has been decided about it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/user_account.hpp"

namespace agent::host {

struct SpawnPlan {
  std::vector<std::string> programs;  // files to try, in this order
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // over ours, of each key the last one
  std::string workdir;                   // "" = ours
  int input = -1;                        // descriptors that become 0, and 1 and 2: none of these itself
  int output = -1;
  bool terminal = false;            // `input` becomes the controlling terminal
  std::optional<UserAccount> user;  // whom to become; we are root then
};

// The id of a process that has begun to run the program, as leader of a session of its own, with default
// signal handlers and with no other descriptors than 0, 1 and 2. Throws Errc::io: `chdir /x: No such file or
// directory`.
int spawn(const SpawnPlan& plan);

}  // namespace agent::host
