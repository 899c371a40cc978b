#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "agent/error.hpp"
#include "host/service/user.hpp"

namespace agent::host {
namespace {

constexpr int kNotTheUser = 255;  // no errno of these calls

// In the child.
int try_use(const UserAccount& user, const char* path, FileUse use) {
  if (!become(user)) return kNotTheUser;
  const int mode = use == FileUse::read ? R_OK : X_OK;
  return ::faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0 ? 0 : errno;
}

}  // namespace

int error_of_use(const UserAccount& user, const std::string& path, FileUse use) {
  const pid_t child = ::fork();
  if (child < 0) throw system_error("fork", errno);
  if (child == 0) ::_exit(try_use(user, path.c_str(), use));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) == kNotTheUser) return EPERM;
  return WEXITSTATUS(status);
}

void give_to(const UserAccount& user, const std::string& path) {
  if (::chown(path.c_str(), user.id, user.group) != 0)
    throw system_error("change the owner of " + path, errno);
}

}  // namespace agent::host
