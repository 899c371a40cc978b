#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "agent/error.hpp"
#include "agent/files.hpp"

namespace agent {
namespace {

// Resolved at each use: a directory may be made, or become a link, while the agent runs.
bool contains(const std::string& directory, std::string_view path) {
  std::error_code missing;
  std::string root = std::filesystem::canonical(directory, missing).string();
  if (missing) return false;
  if (!root.ends_with('/')) root += '/';
  return path.starts_with(root) || path == std::string_view(root).substr(0, root.size() - 1);
}

}  // namespace

void AllowedDirectories::check_entries(const std::vector<std::string>& directories) {
  for (const std::string& directory : directories) {
    if (!std::filesystem::path(directory).is_absolute()) {
      throw Error(Errc::bad_config, "'" + directory + "' is not an absolute path");
    }
  }
}

void AllowedDirectories::check(const std::string& resolved, std::string_view asked) const {
  if (is_everywhere()) return;
  const bool inside =
      std::any_of(directories_.begin(), directories_.end(),
                  [&](const std::string& directory) { return contains(directory, resolved); });
  if (!inside) {
    throw Error(Errc::denied, std::string(asked) + ": outside of the directories that this agent serves");
  }
}

}  // namespace agent
