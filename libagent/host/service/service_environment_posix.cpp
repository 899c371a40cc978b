#include <cstdlib>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "base/own_environment.hpp"
#include "base/read_file.hpp"
#include "host/service/environment_file.hpp"
#include "host/service/service_environment.hpp"
#include "host/service/state_directory.hpp"

namespace agent::host {
namespace {

constexpr std::string_view kSettings = "LIBAGENT_";
constexpr std::size_t kMaxFile = 64 * 1024;

void forget_settings() {
  std::vector<std::string> names;
  for (const char* const* entry = own_environment(); *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with(kSettings)) names.emplace_back(text.substr(0, text.find('=')));
  }
  for (const std::string& name : names) ::unsetenv(name.c_str());
}

void take_settings(const std::string& path) {
  try {
    for (const auto& [name, value] : parse_environment_file(read_file(path, kMaxFile))) {
      if (name.starts_with(kSettings)) ::setenv(name.c_str(), value.c_str(), 1);
    }
  } catch (const Error&) {
    return;  // there is none, or only root reads it
  }
}

}  // namespace

void use_environment_of_service(const ServiceMachine& machine, std::string_view service) {
  forget_settings();
  ::setenv("STATE_DIRECTORY", service_state_directory(service).c_str(), 1);
  for (const char* directory : {"/etc/default/", "/etc/sysconfig/"}) {
    take_settings(machine.at(directory + std::string(service)));
  }
}

}  // namespace agent::host
