#include "host/service/detect.hpp"

#include <filesystem>

#include "agent/error.hpp"
#include "base/read_file.hpp"
#include "base/trim.hpp"
#include "host/service/systemd.hpp"
#include "host/service/systemv.hpp"
#include "host/service/upstart.hpp"

namespace agent::host {
namespace {

bool is_directory(const ServiceMachine& machine, std::string_view path) {
  std::error_code failed;
  return std::filesystem::is_directory(machine.at(path), failed);
}

// In a container process 1 is often the one program that it is for, whatever directories its image has.
bool has_init(const ServiceMachine& machine) {
  constexpr std::size_t kMaxName = 64;  // the kernel's is 15
  try {
    const std::string name = read_file(machine.at("/proc/1/comm"), kMaxName);
    return name.starts_with("init") || name.starts_with("systemd") || name.starts_with("upstart");
  } catch (const Error&) {
    return false;
  }
}

bool is_upstart(const ServiceMachine& machine) {
  const CommandResult said = machine.run({"initctl", "version"}, std::chrono::seconds(10));
  return said.code == 0 && said.output.find("upstart") != std::string::npos;
}

template <class Manager>
std::unique_ptr<ServiceManager> make(const ServiceMachine& machine) {
  return std::make_unique<Manager>(machine);
}

struct Known {
  std::string_view name;
  std::unique_ptr<ServiceManager> (*make)(const ServiceMachine& machine);
};

// In the order in which --help names them.
constexpr Known kManagers[] = {
    {"systemd", make<SystemdManager>},
    {"systemv", make<SystemvManager>},
    {"upstart", make<UpstartManager>},
};

}  // namespace

std::string detect_manager(const ServiceMachine& machine) {
  if (is_directory(machine, "/run/systemd/system")) return "systemd";
  if (is_upstart(machine)) return "upstart";
  const bool scripts = is_directory(machine, "/etc/init.d") || is_directory(machine, "/etc/rc.d/init.d");
  return scripts && has_init(machine) ? "systemv" : "";
}

std::unique_ptr<ServiceManager> make_manager(std::string_view name, const ServiceMachine& machine) {
  for (const Known& known : kManagers) {
    if (known.name == name) return known.make(machine);
  }
  return nullptr;
}

std::vector<std::string> manager_names() {
  std::vector<std::string> out;
  for (const Known& known : kManagers) out.emplace_back(known.name);
  return out;
}

}  // namespace agent::host
