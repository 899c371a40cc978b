// For tests with groups of the machine itself, where this process may make them; elsewhere the guest's tests
// do it. Nothing is left of them: GroupsGone checks it.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "host/control_group.hpp"

namespace test {

inline bool can_make_groups() {
  const agent::host::CgroupPlaces places = agent::host::own_places();
  return ::geteuid() == 0 && places.memory.usable() && places.pids.usable() && places.cpu.usable();
}

// A shell that enters the group before it begins.
inline int start_in(const agent::host::ControlGroup& group, const std::string& line) {
  const std::vector<std::string> entrances = group.entrances();
  const int pid = ::fork();
  if (pid != 0) return pid;
  for (const std::string& entrance : entrances) {
    const int file = ::open(entrance.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0 || ::write(file, "0", 1) != 1) ::_exit(99);
  }
  ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
  ::_exit(98);
}

inline int wait_for(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

}  // namespace test

#define NEEDS_GROUPS()                                     \
  if (!test::can_make_groups()) {                          \
    WARN("no group can be made here: nothing was tested"); \
    return;                                                \
  }
