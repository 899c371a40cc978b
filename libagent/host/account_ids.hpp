// Numbers of users and groups by their names; the other way: agent/account_names.hpp.
#pragma once

#include <cstdint>
#include <string>

namespace agent::host {

// Throw Errc::not_found ("unknown user bob"), Errc::io. `group` is set to the user's own group.
std::uint32_t user_id(const std::string& name, std::uint32_t& group);
std::uint32_t group_id(const std::string& name);

}  // namespace agent::host
