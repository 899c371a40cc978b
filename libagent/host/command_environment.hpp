// What a command finds in its environment where neither the agent's own nor the request says anything: a
// service without further settings has next to none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/environment.hpp"
#include "host/user_account.hpp"

namespace agent::host {

// Entries to go over `inherited`. HOME, USER, LOGNAME and SHELL are always those of a `user` that the command
// becomes; everything else is there only when `inherited` lacks it: the same four of our own account, PATH as
// a login sets it, PAGER, GIT_PAGER and SYSTEMD_PAGER, which is cat, since nobody turns pages; on a terminal
// TERM and MORE, too. A person at a terminal turns pages, and has of these TERM alone.
enum class Screen { none, unattended, attended };
std::vector<std::string> default_environment(const Entries& inherited, const std::optional<UserAccount>& user,
                                             Screen screen);

}  // namespace agent::host
