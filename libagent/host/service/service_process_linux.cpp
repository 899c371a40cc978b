#include <fmt/format.h>

#include <filesystem>

#include "host/service/service_process.hpp"

namespace agent::host {

bool runs_another_file(const ServiceMachine& machine, long pid, const std::string& program) {
  std::error_code failed;
  const std::string running = machine.at(fmt::format("/proc/{}/exe", pid));
  if (pid <= 0 || !std::filesystem::is_symlink(running, failed)) return false;
  if (!std::filesystem::exists(running, failed)) return true;  // removed, or replaced
  return !std::filesystem::equivalent(running, machine.at(program), failed) && !failed;
}

}  // namespace agent::host
