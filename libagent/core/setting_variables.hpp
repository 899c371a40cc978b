// SettingVariables: `$HOSTNAME`, `$IP` and `$NAME` in the settings id and server (reference agent behaviour,
// 3).
//
// They are resolved at every attempt to connect, because what they name may change.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace agent::core {

struct SettingVariables {
  std::string host_name;
  std::string local_ip;  // of the connection to the server; "" before there is one
  std::function<const char*(const char*)> environment;  // std::getenv
};

// `text` itself, or what it refers to if it begins with '$'. Throws Errc::bad_config for what is not set.
std::string resolve(std::string_view text, const SettingVariables& variables);

}  // namespace agent::core
