// For tests with groups of the machine itself, where this process may make them; elsewhere `make test-guest`
// runs them.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/limits/agent_groups.hpp"
#include "host/limits/cgroup_start.hpp"
#include "host/limits/control_group.hpp"
#include "host/limits/group_tree.hpp"
#include "tests/support/patience.hpp"

namespace test {

// One write(2): 0 when the kernel took it, else errno.
inline int write_to(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return errno;
  const int reason = ::write(file, text.data(), text.size()) < 0 ? errno : 0;
  ::close(file);
  return reason;
}

// What a guest is for; "" on a machine: "v2", "hybrid" (memory and pids on v2, the others on v1), "v1".
inline std::string guest() {
  const char* const value = std::getenv("LIBAGENT_GUEST");
  return value ? value : "";
}

inline bool can_make_groups() {
  const agent::host::CgroupPlaces places = agent::host::own_places();
  return ::geteuid() == 0 && places.memory.usable() && places.pids.usable() && places.cpu.usable();
}

// A shell that has entered the group, in all hierarchies, and begun. It holds nothing of this process any
// more, such as the lock of an agent's bound.
inline int start_in(const agent::host::ControlGroup& group, const std::string& line) {
  const std::vector<std::string> entrances = group.entrances();
  int begun[2] = {-1, -1};
  if (::pipe2(begun, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  const int pid = ::fork();
  if (pid == 0) {
    for (const std::string& entrance : entrances)
      if (write_to(entrance, "0") != 0) ::_exit(99);
    ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    ::_exit(98);
  }
  ::close(begun[1]);
  char nothing = 0;
  while (::read(begun[0], &nothing, 1) < 0 && errno == EINTR) continue;
  ::close(begun[0]);
  return pid;
}

inline int wait_for(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

inline agent::LimitState state_of(const agent::Limits& limits, std::string_view kind) {
  for (const agent::LimitState& state : limits.states())
    if (state.kind == kind) return state;
  throw std::runtime_error("no such kind");
}

// Every directory of a group that the agent `name` could have left.
inline std::vector<std::string> what_is_left_of(const std::string& name) {
  std::vector<std::string> left;
  const agent::host::ControlGroup bound(agent::host::bound_below(agent::host::starting_places(), name));
  for (const std::string& directory : bound.directories())
    if (std::filesystem::exists(directory)) left.push_back(directory);
  return left;
}

// The name of an agent of this test. In the end nothing is left of its groups, also when the test has failed.
struct TestName : std::string {
  explicit TestName(std::string_view what)
      : std::string(fmt::format("libagent-test-{}-{}", ::getpid(), what)) {}
  ~TestName() {
    if (std::uncaught_exceptions() == 0) CHECK(what_is_left_of(*this).empty());
    try {
      wait_until("nothing is left", [this] { return what_is_left_of(*this).empty() || tidied(); });
    } catch (const std::exception& error) {
      WARN(error.what());
    }
  }
  bool tidied() const {
    bool empty = true;
    for (const std::string& directory : what_is_left_of(*this)) {
      for (const std::string& group : {directory, directory + "/left"}) {
        for (const int pid : agent::host::processes_in(group)) {
          ::kill(pid, SIGKILL);
          empty = false;
        }
      }
    }
    if (empty) agent::host::GroupTree(*this, agent::host::starting_places(), false).remove();
    return what_is_left_of(*this).empty();
  }
};

// An agent of its own, in a process of its own. What `work` returns comes back; with nothing it is killed.
inline std::optional<int> other_agent(const std::string& name,
                                      const std::function<std::optional<int>(agent::Limits&)>& work) {
  const int pid = ::fork();
  if (pid == 0) {
    int code = 99;
    try {
      agent::Limits limits(name);
      const std::optional<int> result = work(limits);
      if (!result) ::kill(::getpid(), SIGKILL);
      limits.release();
      code = result.value_or(code);
    } catch (...) {
    }
    ::_exit(code);
  }
  const int status = wait_for(pid);
  if (WIFSIGNALED(status)) return {};
  return WEXITSTATUS(status);
}

// On v2 a unit's group that passes controllers on takes no further agent: such tests run at the top, where a
// group may do both.
inline void leave_unit() {
  const agent::host::CgroupPlaces places = agent::host::own_places();
  if (places.memory.version == 2) REQUIRE(write_to(places.memory.mount + "/cgroup.procs", "0") == 0);
}

}  // namespace test

// A guest is there to make groups.
#define NEEDS_GROUPS()                                        \
  if (!test::can_make_groups()) {                             \
    if (!test::guest().empty()) FAIL("no group can be made"); \
    WARN("no group can be made here: nothing was tested");    \
    return;                                                   \
  }
