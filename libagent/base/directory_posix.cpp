#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "agent/error.hpp"
#include "base/directory.hpp"

namespace agent {
namespace {

// 0 or errno. Between the two calls the mode can only be narrower than it should be.
int make(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) != 0) return errno;
  return ::chmod(path.c_str(), mode) != 0 ? errno : 0;
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

void make_directories(const std::string& path, unsigned mode) {
  int failed = make(path, mode);
  const std::string above = std::filesystem::path(path).parent_path().string();
  if (failed == ENOENT && !above.empty() && above != path) {
    make_directories(above, mode);
    failed = make(path, mode);
  }
  if (failed == EEXIST && !is_directory(path)) failed = ENOTDIR;
  if (failed == 0 || failed == EEXIST) return;
  if (failed == EROFS && is_directory(path)) return;  // asked before whether it exists
  throw system_error("make directory " + path, failed);
}

}  // namespace agent
