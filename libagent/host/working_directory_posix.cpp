#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "host/working_directory.hpp"

namespace agent::host {

void leave_removed_directory() {
  std::array<char, PATH_MAX> path;
  if (::getcwd(path.data(), path.size()) != nullptr || errno != ENOENT) return;
  if (::chdir("/") == 0) {
    log::warn("the working directory was removed: / takes its place");
  } else {
    log::warn("{}", system_error("the working directory was removed: chdir /", errno).what());
  }
}

}  // namespace agent::host
