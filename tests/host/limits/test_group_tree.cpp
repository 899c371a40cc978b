// The groups of an agent as they are made, and what killed agents have left. This process plays the agent.
#include "host/limits/group_tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>

#include "base/file_handle.hpp"
#include "host/limits/cgroup_start.hpp"
#include "tests/host/limits/group_scene.hpp"
#include "tests/support/patience.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

namespace fs = std::filesystem;

// A process that lives in the group.
int start_sleeper(const ControlGroup& group) {
  const int pid = start_in(group, "exec sleep 60");
  wait_until("it is in the group", [&] { return group.processes() == std::vector<int>{pid}; });
  return pid;
}

void check_other_numbers(const TestName& name) {
  const auto bound = [&name](int number) {
    return ControlGroup(bound_below(starting_places(), fmt::format("{}.{}", name, number)));
  };
  const TestGroup killed(bound(2)), killed_left(killed.below("left"));
  const int survivor = start_sleeper(killed_left);
  const TestGroup empty(bound(3)), empty_agent(empty.below("agent"));
  const std::string part_of_one = bound(4).directories().back();
  REQUIRE(fs::create_directory(part_of_one));
  const TestGroup foreign(bound(5));
  const int stranger = start_sleeper(foreign);
  const TestGroup running(bound(6)), running_agent(running.below("agent"));
  const int agent = start_sleeper(running_agent);
  const FileHandle lock(::open(running.directories().front().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::flock(lock.descriptor(), LOCK_EX | LOCK_NB) == 0);

  const auto result = other_agent(name, [&](Limits& limits) -> std::optional<int> {
    const ControlGroup left = limits.places().left;
    const bool has_survivor = left.processes() == std::vector<int>{survivor};
    wait_until("it has ended", [&] {
      left.kill();
      return left.is_empty();
    });
    return has_survivor ? 0 : 50;
  });
  CHECK(result == 0);
  for (const ControlGroup* group : {&killed, &empty})
    for (const std::string& directory : group->directories()) CHECK_FALSE(fs::exists(directory));
  CHECK_FALSE(fs::exists(part_of_one));
  CHECK(foreign.processes() == std::vector<int>{stranger});
  CHECK(running_agent.processes() == std::vector<int>{agent});
  for (const int pid : {survivor, stranger, agent}) {
    ::kill(pid, SIGKILL);
    wait_for(pid);
  }
}

}  // namespace

TEST_CASE("Two agents of one name have groups of their own", "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("twice");
  const CgroupPlaces start = starting_places();
  if (start.memory.version == 2) return;  // this process cannot be in two groups that pass controllers on
  const GroupTree first(name, start, false);
  const GroupTree second(name, start, false);
  CHECK(first.bound().directories() != second.bound().directories());
  CHECK_FALSE(second.was_there());
}

TEST_CASE("What killed agents have left under other numbers is adopted and removed, too", "[group][limits]") {
  NEEDS_GROUPS();
  leave_unit();
  const TestName name("numbers");
  check_other_numbers(name);
  GroupTree(name, starting_places(), false).remove();  // the directories above
}

TEST_CASE("Agents of one name that begin and end at once do not remove each other's groups",
          "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("crowd");
  const CgroupPlaces start = starting_places();
  if (start.memory.version == 2) return;  // processes of one group cannot have one each that passes on
  auto begin_and_end = [&name, &start] {
    int failures = 0;
    for (int i = 0; i < 100; ++i) {
      try {
        const GroupTree tree(name, start, false);
        if (tree.agent().processes() != std::vector<int>{::getpid()}) ++failures;
      } catch (const Error&) {
        ++failures;
      }
    }
    return failures;
  };
  std::array<int, 2> others{};
  for (int& other : others) {
    other = ::fork();
    if (other == 0) ::_exit(begin_and_end());
  }
  CHECK(begin_and_end() == 0);
  for (const int other : others) CHECK(WEXITSTATUS(wait_for(other)) == 0);
  CHECK(what_is_left_of(name).empty());
}
