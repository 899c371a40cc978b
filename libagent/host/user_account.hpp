// UserAccount: a user of this machine, whom a process can become.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::host {

struct UserAccount {
  std::string name;
  std::string home;
  std::string shell;
  std::uint32_t id = 0;
  std::uint32_t group = 0;
  std::vector<std::uint32_t> groups;  // all of them
};

// Asks the system's user database, which may mean a network. Throws Errc::not_found (`unknown user bob`),
// Errc::io.
UserAccount find_user(const std::string& name);
// The same by number, without its groups. nullopt: nobody has it, or the database cannot be asked.
std::optional<UserAccount> find_account(std::uint32_t id);

// HOME, USER, LOGNAME and SHELL as a login sets them. An account without a shell has /bin/sh (passwd(5)).
std::vector<std::string> environment_of(const UserAccount& user);
// PATH as a login sets it: that of root has the directories for administrators, too.
std::string_view login_path(std::uint32_t user);

// Makes the calling process, which must be root's and have one thread, the user's for good. Returns false
// with errno set when the system refuses. Calls nothing but the system.
bool become(const UserAccount& user);

bool is_root();

}  // namespace agent::host
