// Groups for tests: where this process may make them, groups that leave nothing behind, processes in them.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "host/control_group.hpp"
#include "host/proc_text.hpp"
#include "tests/support/patience.hpp"

namespace test {

// One write(2); errno, 0 when the kernel took it.
inline int write_to(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return errno;
  const int reason = ::write(file, text.data(), text.size()) < 0 ? errno : 0;
  ::close(file);
  return reason;
}

// Passes v2's controllers on to groups below `own`. False where other processes are in there, too.
inline bool delegate(const std::string& own) {
  const std::string self = own + "/libagent-self";
  if (::mkdir(self.c_str(), 0755) < 0 && errno != EEXIST) return false;
  if (write_to(self + "/cgroup.procs", "0") != 0) return false;
  bool all = true;
  for (const char* controller : {"cpu", "memory", "io", "pids"}) {
    if (agent::host::read_text(own + "/cgroup.controllers").find(controller) == std::string::npos) continue;
    if (write_to(own + "/cgroup.subtree_control", fmt::format("+{}", controller)) != 0) all = false;
  }
  if (all) return true;
  write_to(own + "/cgroup.procs", "0");
  ::rmdir(self.c_str());
  return false;
}

// Where this process may make groups; nothing: nowhere. On v2 a group that holds processes cannot pass its
// controllers on, so the process moves into a group `libagent-self` once, below the one that it was started
// in.
inline const std::optional<agent::host::CgroupPlaces>& group_home() {
  static const std::optional<agent::host::CgroupPlaces> home = [] {
    std::optional<agent::host::CgroupPlaces> places = agent::host::own_places();
    if (::geteuid() != 0 || !places->memory.usable() || !places->pids.usable() || !places->cpu.usable())
      places.reset();
    if (places && places->memory.version == 2 && !delegate(places->memory.own)) places.reset();
    return places;
  }();
  return home;
}

// What a guest is for; "" on a machine: "v2", "hybrid" (memory and pids on v2, the others on v1), "v1".
inline std::string guest() {
  const char* const value = std::getenv("LIBAGENT_GUEST");
  return value ? value : "";
}

// A group of this test, which leaves nothing behind.
struct TestGroup : agent::host::ControlGroup {
  explicit TestGroup(ControlGroup group) : ControlGroup(std::move(group)) { REQUIRE(make()); }
  explicit TestGroup(std::string_view what)
      : TestGroup(ControlGroup(group_home()->below(fmt::format("libagent-test-{}-{}", ::getpid(), what)))) {}
  ~TestGroup() {
    try {
      wait_until("the group is gone", [this] {
        kill();
        return remove();
      });
    } catch (const TimedOut& late) {
      WARN(late.what());
    }
  }
  void wait_until_empty() const {
    wait_until("the group is empty", [this] { return is_empty(); });
  }
  void wait_until_has(std::size_t count) const {
    wait_until("all processes are in the group", [this, count] { return processes().size() == count; });
  }
};

// A shell that enters the group before it begins.
inline int start_in(const agent::host::ControlGroup& group, const std::string& line) {
  const std::vector<std::string> entrances = group.entrances();
  const int pid = ::fork();
  if (pid != 0) return pid;
  for (const std::string& entrance : entrances)
    if (write_to(entrance, "0") != 0) ::_exit(99);
  ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
  ::_exit(98);
}

inline int wait_for(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

}  // namespace test

// A guest is there to make groups.
#define NEEDS_GROUPS()                                     \
  if (!group_home()) {                                     \
    if (!guest().empty()) FAIL("no group can be made");    \
    WARN("no group can be made here: nothing was tested"); \
    return;                                                \
  }
