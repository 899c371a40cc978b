#include <unistd.h>

#include <algorithm>
#include <cstdlib>
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

std::string find_in_path(const std::string& name, std::string_view more) {
  const char* set = std::getenv("PATH");
  const std::string path = std::string(set == nullptr ? "" : set) + ":" + std::string(more);
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    std::string candidate = path.substr(begin, end - begin) + "/" + name;
    if (candidate.starts_with('/') && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return {};
}

std::string called_program_path(const std::string& name) {
  std::error_code failed;
  const bool has_slash = name.find('/') != std::string::npos;
  const std::filesystem::path called =
      has_slash ? std::filesystem::absolute(name, failed) : std::filesystem::path(find_in_path(name));
  if (failed || called.empty()) return program_path();
  const std::string path = called.lexically_normal().string();
  return std::filesystem::equivalent(path, "/proc/self/exe", failed) && !failed ? path : program_path();
}

}  // namespace agent::host
