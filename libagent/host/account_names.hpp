// Names of users and groups, and back.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace agent::host {

// AccountNames: ids to names, each asked for once. Not thread-safe.
class AccountNames {
 public:
  // The login name (not the full name), "" when the system knows none.
  const std::string& user(std::uint32_t id);
  const std::string& group(std::uint32_t id);

 private:
  std::map<std::uint32_t, std::string> users_;
  std::map<std::uint32_t, std::string> groups_;
};

// Throw Errc::not_found ("unknown user bob"), Errc::io. `group` is set to the user's own group.
std::uint32_t user_id(const std::string& name, std::uint32_t& group);
std::uint32_t group_id(const std::string& name);

}  // namespace agent::host
