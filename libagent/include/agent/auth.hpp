// Auth: how a command becomes another user. Servers and agents read it with the same function.
#pragma once

#include <string_view>

namespace agent {

// A program that runs as root switches the user itself, needs no password and treats `sudo` and `su` alike.
// Any other runs the named program on a terminal and types the password when it is asked for.
enum class Auth { none, sudo, su };

// "", "sudo" or "su", in any case. Throws Errc::bad_message naming these for anything else, because that
// would otherwise run as the agent's own user, who is mostly root.
Auth parse_auth(std::string_view text);

}  // namespace agent
