#include "core/references.hpp"

#include "agent/error.hpp"

namespace agent::core {
namespace {

std::string value_of(const std::string& name, const References& references) {
  if (name == "HOSTNAME") return references.host_name;
  if (name == "IP") return references.local_ip;
  const char* value = references.environment(name.c_str());
  return value == nullptr ? std::string() : value;
}

}  // namespace

std::string resolve(std::string_view text, const References& references) {
  if (!text.starts_with('$')) return std::string(text);
  std::string name(text.substr(1));
  std::string value = value_of(name, references);
  if (!value.empty()) return value;
  std::string why = name == "IP"         ? "the local address is known only once a server is connected"
                    : name == "HOSTNAME" ? "this machine has no name"
                                         : "the environment has no such variable, or it is empty";
  throw Error(Errc::bad_config, "$" + name + ": " + why);
}

}  // namespace agent::core
