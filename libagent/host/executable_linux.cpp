#include <filesystem>
#include <string>
#include <system_error>

#include "agent/error.hpp"
#include "host/executable.hpp"

namespace agent::host {

std::string program_path() {
  constexpr std::string_view kDeleted = " (deleted)";  // put at the end by the kernel
  std::error_code failed;
  std::string path = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) throw system_error("read /proc/self/exe", failed.value());
  bool replaced = path.ends_with(kDeleted) && !std::filesystem::exists(path, failed);
  return replaced ? path.substr(0, path.size() - kDeleted.size()) : path;
}

}  // namespace agent::host
