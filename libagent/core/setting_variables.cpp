#include "core/setting_variables.hpp"

#include "agent/error.hpp"

namespace agent::core {
namespace {

std::string value_of(const std::string& name, const SettingVariables& variables) {
  if (name == "HOSTNAME") return variables.host_name;
  if (name == "IP") return variables.local_ip;
  const char* value = variables.environment(name.c_str());
  return value == nullptr ? std::string() : value;
}

}  // namespace

std::string resolve(std::string_view text, const SettingVariables& variables) {
  if (!text.starts_with('$')) return std::string(text);
  std::string name(text.substr(1));
  std::string value = value_of(name, variables);
  if (!value.empty()) return value;
  std::string why = name == "IP"         ? "the local address is known only once a server is connected"
                    : name == "HOSTNAME" ? "this machine has no name"
                                         : "the environment has no such variable, or it is empty";
  throw Error(Errc::bad_config, "$" + name + ": " + why);
}

}  // namespace agent::core
