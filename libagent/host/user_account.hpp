// UserAccount: a user of this machine, whom a process can become.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace agent::host {

struct UserAccount {
  std::string name;
  std::string home;
  std::uint32_t id = 0;
  std::uint32_t group = 0;
  std::vector<std::uint32_t> groups;  // all of them
};

// Asks the system's user database, which may mean a network. Throws Errc::not_found (`unknown user bob`),
// Errc::io.
UserAccount find_user(const std::string& name);

// What the user finds in HOME, USER and LOGNAME.
std::vector<std::string> environment_of(const UserAccount& user);

// Makes the calling process, which must be root's and have one thread, the user's for good. Returns false
// with errno set when the system refuses. Calls nothing but the system.
bool become(const UserAccount& user);

bool is_root();

}  // namespace agent::host
