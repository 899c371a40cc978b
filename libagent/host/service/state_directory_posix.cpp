#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "host/service/state_directory.hpp"
#include "host/user_account.hpp"

namespace agent::host {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::string home() {
  std::string directory = variable("HOME");
  if (!directory.empty()) return directory;
  const std::optional<UserAccount> self = find_account(::geteuid());
  return self ? self->home : std::string();
}

// Relative ones are ignored, as the XDG base directory specification demands.
std::string user_states() {
  std::string directory = variable("XDG_STATE_HOME");
  return directory.starts_with('/') ? directory : home() + "/.local/state";
}

}  // namespace

std::string service_state_directory(std::string_view name) { return "/var/lib/" + std::string(name); }

std::string state_directory(std::string_view name) {
  const std::string given = variable("STATE_DIRECTORY");
  if (!given.empty()) return given.substr(0, given.find(':'));
  return is_root() ? service_state_directory(name) : user_states() + "/" + std::string(name);
}

bool is_for_packages(std::string_view path) {
  return path.starts_with("/usr/") && !path.starts_with("/usr/local/");
}

std::string warning_of_packages(std::string_view path, std::string_view instead) {
  return std::string(path) +
         " is for packages, where a service does not write; want an absolute path such as " +
         std::string(instead);
}

}  // namespace agent::host
