#include "host/own_process.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "agent/error.hpp"
#include "agent/log.hpp"

namespace agent::host {

void prepare_process() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  leave_removed_directory();
}

void end_well_when_told() {
  for (const int number : {SIGTERM, SIGINT}) ::signal(number, [](int) { ::_exit(0); });
}

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
