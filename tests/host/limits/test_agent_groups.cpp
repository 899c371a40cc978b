// The groups of an agent, on the machine itself: this process plays the agent.
#include "host/limits/agent_groups.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include "agent/error.hpp"
#include "host/command_mark.hpp"
#include "host/limits/cgroup_start.hpp"
#include "host/limits/group_tree.hpp"
#include "host/proc_text.hpp"
#include "tests/host/limits/group_test.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

namespace fs = std::filesystem;

LimitConfig cpu_and_memory() {
  LimitConfig limit;
  limit.cpu_quota = 50;
  limit.memory_limit = Bytes{64 * 1024 * 1024};
  return limit;
}

std::string self_groups() { return read_text("/proc/self/cgroup"); }

}  // namespace

TEST_CASE("An agent without limits makes no group and does not move", "[group][limits]") {
  const std::string before = self_groups();
  const TestName name("none");
  Limits limits(name);
  limits.apply({});
  for (const LimitState& state : limits.states()) {
    CHECK_FALSE(state.configured);
    CHECK_FALSE(state.enforced);
    CHECK(state.problem.empty());
  }
  CHECK(limits.counters().oom_kills == 0);
  CHECK_FALSE(limits.check());
  CHECK(self_groups() == before);
  CHECK(what_is_left_of(name).empty());
}

TEST_CASE("Limits are in force and read back, and the agent lives inside", "[group][limits]") {
  NEEDS_GROUPS();
  const std::string before = self_groups();
  const TestName name("force");
  {
    Limits limits(name);
    limits.apply(cpu_and_memory());
    const LimitState cpu = state_of(limits, "cpu");
    CHECK(cpu.problem == "");
    CHECK(cpu.enforced);
    CHECK(cpu.value == "50%");
    const LimitState memory = state_of(limits, "memory");
    CHECK(memory.problem == "");
    CHECK(memory.enforced);
    CHECK_THAT(memory.value, Catch::StartsWith("67108864"));
    CHECK_FALSE(state_of(limits, "disk").configured);
    CHECK(state_of(limits, "tasks").enforced);
    CHECK_THAT(self_groups(), Catch::Contains(name + "/agent"));
    CHECK(limits.oom_score_of_commands().value_or(0) > std::stoi(read_text("/proc/self/oom_score_adj")));
  }
  CHECK(self_groups() == before);
  CHECK(first_line(read_text("/proc/self/oom_score_adj")) == "0");
  CHECK(what_is_left_of(name).empty());
}

TEST_CASE("Only what is configured is written", "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("only");
  Limits limits(name);
  LimitConfig limit;
  limit.cpu_quota = 30;
  limits.apply(limit);
  const ControlGroup bound = limits.places().bound;
  const bool v2 = bound.places().memory.version == 2;
  CHECK_FALSE(single_number(bound.read(Controller::memory, v2 ? "memory.max" : "memory.limit_in_bytes")));
  CHECK_FALSE(state_of(limits, "memory").configured);
  CHECK_FALSE(limits.oom_score_of_commands());
}

TEST_CASE("Groups for commands are made when the first one wants them", "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("lazy");
  Limits limits(name);
  int changes = 0;
  limits.on_change = [&changes] { ++changes; };
  limits.apply({});
  CHECK(changes == 0);
  CHECK(what_is_left_of(name).empty());
  ControlGroup command = limits.places().tasks.below("one");
  CHECK(changes == 1);
  REQUIRE(command.make());
  command.set(Controller::pids, pids_writes(10));
  CHECK(state_of(limits, "tasks").enforced);
  CHECK_FALSE(state_of(limits, "cpu").configured);
  CHECK(command.remove());
  limits.release();
  CHECK(what_is_left_of(name).empty());
  CHECK_THROWS_AS(limits.places(), Error);
}

TEST_CASE("A bound that somebody removed is seen at once and put back by the check", "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("check");
  Limits limits(name);
  limits.apply(cpu_and_memory());
  CHECK_FALSE(limits.check());
  const ControlGroup bound = limits.places().bound;
  const bool v2 = bound.places().cpu.version == 2;
  bound.set(Controller::cpu, {{v2 ? "cpu.max" : "cpu.cfs_quota_us", v2 ? "70000 100000" : "70000"}});
  const LimitState changed = state_of(limits, "cpu");
  CHECK_FALSE(changed.enforced);
  CHECK_THAT(changed.problem, Catch::Contains("was 50000") && Catch::Contains("is 70000"));
  CHECK(state_of(limits, "memory").enforced);
  std::vector<bool> told;
  limits.on_change = [&] { told.push_back(state_of(limits, "cpu").enforced); };
  CHECK(limits.check());
  CHECK(told == std::vector<bool>{false, true});
  CHECK(state_of(limits, "cpu").value == "50%");
  CHECK_FALSE(limits.check());
}

TEST_CASE("A cgroup file system that becomes read-only keeps its values, and says why one is not put back",
          "[group][limits]") {
  NEEDS_GROUPS();
  leave_unit();
  const TestName name("readonly");
  TempDir dir;
  const auto result = other_agent(name, [&dir](Limits& limits) -> std::optional<int> {
    limits.apply(cpu_and_memory());
    const ControllerPlace cpu = limits.places().bound.places().cpu;
    const std::string other = dir.file("writable");
    if (!fs::create_directory(other) || ::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount(cpu.mount.c_str(), other.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        ::mount(nullptr, cpu.mount.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0)
      return 77;
    // Nobody finds that mount any more, and through this descriptor it is writable still.
    const int writable = ::open(other.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (writable < 0 || ::umount2(other.c_str(), MNT_DETACH) != 0) return 77;
    if (!state_of(limits, "cpu").enforced) return 51;
    const char* file = cpu.version == 2 ? "/cpu.max" : "/cpu.cfs_quota_us";
    std::ofstream(fmt::format("/proc/self/fd/{}", writable) + cpu.own.substr(cpu.mount.size()) + file)
        << "70000";
    limits.check();
    const LimitState changed = state_of(limits, "cpu");
    if (changed.enforced) return 52;
    if (changed.problem.find("Read-only file system") == std::string::npos) return 53;
    ::mount(nullptr, cpu.mount.c_str(), nullptr, MS_REMOUNT | MS_BIND, nullptr);
    limits.check();
    return state_of(limits, "cpu").enforced ? 0 : 54;
  });
  if (result == 77) {
    WARN("mounts cannot be changed here: nothing was tested");
  } else {
    CHECK(result.value_or(-1) == 0);
  }
}

TEST_CASE("An agent that was moved out of its group goes back", "[group][limits]") {
  NEEDS_GROUPS();
  const ControlGroup outside(own_places());
  if (own_places().memory.version == 2) return;  // nobody can be moved to where it came from
  const TestName name("moved");
  Limits limits(name);
  limits.apply(cpu_and_memory());
  outside.add(::getpid());
  for (const char* kind : {"cpu", "memory", "tasks"}) {
    CHECK_FALSE(state_of(limits, kind).enforced);
    CHECK_THAT(state_of(limits, kind).problem, Catch::StartsWith("the agent was moved from "));
  }
  CHECK(limits.check());
  for (const char* kind : {"cpu", "memory", "tasks"}) CHECK(state_of(limits, kind).enforced);
}

TEST_CASE("What a killed agent has left is adopted when it lives and removed when it is empty",
          "[group][limits]") {
  NEEDS_GROUPS();
  leave_unit();
  const TestName name("killed");
  const auto killed = other_agent(name, [](Limits& limits) -> std::optional<int> {
    const CommandPlaces places = limits.places();
    places.tasks.below("empty").make();
    ControlGroup command = places.tasks.below("command");
    command.make();
    start_in(command, "exec sleep 60");
    wait_until("it lives", [&] { return command.processes().size() == 1; });
    return {};
  });
  REQUIRE_FALSE(killed);
  REQUIRE_FALSE(what_is_left_of(name).empty());
  const auto adopted = other_agent(name, [](Limits& limits) -> std::optional<int> {
    const CommandPlaces places = limits.places();
    for (const char* old : {"empty", "command"}) {
      const ControlGroup command = places.tasks.below(old);
      for (const std::string& directory : command.directories())
        if (fs::exists(directory)) return 50;
    }
    return static_cast<int>(places.left.processes().size());
  });
  CHECK(adopted == 1);
  // It outlives that agent, too, within the bound.
  const ControlGroup left = ControlGroup(bound_below(starting_places(), name)).below("left");
  CHECK(left.processes().size() == 1);
  const auto at_last = other_agent(name, [](Limits& limits) -> std::optional<int> {
    const ControlGroup survivors = limits.places().left;
    wait_until("they are gone", [&] {
      survivors.kill();
      return survivors.is_empty();
    });
    return 0;
  });
  CHECK(at_last == 0);
  CHECK(what_is_left_of(name).empty());
}

TEST_CASE("A limit of an earlier run does not outlive its setting", "[group][limits]") {
  NEEDS_GROUPS();
  leave_unit();
  const TestName name("stale");
  other_agent(name, [](Limits& limits) -> std::optional<int> {
    limits.apply(cpu_and_memory());
    return {};
  });
  Limits limits(name);
  LimitConfig limit;
  limit.cpu_quota = 80;
  limits.apply(limit);
  CHECK(state_of(limits, "cpu").value == "80%");
  const ControlGroup bound = limits.places().bound;
  const bool v2 = bound.places().memory.version == 2;
  CHECK_FALSE(single_number(bound.read(Controller::memory, v2 ? "memory.max" : "memory.limit_in_bytes")));
}

TEST_CASE("A group with processes that are not ours is left alone and names them", "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("foreign");
  ControlGroup foreign(bound_below(starting_places(), name));
  REQUIRE(foreign.make());
  const int pid = start_in(foreign, "exec sleep 60");
  wait_until("it is in the group", [&] { return foreign.processes().size() == 1; });
  Limits limits(name);
  limits.apply(cpu_and_memory());
  CHECK_FALSE(state_of(limits, "cpu").enforced);
  CHECK_THAT(state_of(limits, "cpu").problem,
             Catch::Contains(name) && Catch::Contains(fmt::format("not the agent's (pid {})", pid)));
  CHECK_THROWS_WITH(limits.places(), Catch::Contains("not the agent's"));
  CHECK(foreign.processes() == std::vector<int>{pid});
  foreign.kill();
  wait_for(pid);
  wait_until("the group is empty", [&] { return foreign.remove(); });
  GroupTree(name, starting_places(), false).remove();  // the directories above
}

TEST_CASE("An own v2 group with others in it is refused by their pids, but for a login", "[host][cgroup]") {
  TempDir dir;
  const std::string top = dir.file("cgroup");
  auto places_at = [&top](const std::string& group, const std::string& pids) {
    fs::create_directories(top + group);
    std::ofstream(top + "/cgroup.controllers") << "cpu memory pids\n";
    std::ofstream(top + group + "/cgroup.controllers") << "memory\n";
    std::ofstream(top + group + "/cgroup.type") << "domain\n";
    std::ofstream(top + group + "/cgroup.procs") << pids;
    const std::string mount = fmt::format("30 23 0:26 / {} rw - cgroup2 cgroup2 rw\n", top);
    return place_controllers(mount, "0::" + group + "\n", "memory\n");
  };
  const std::string own = fmt::format("{}\n", ::getpid());
  CHECK(starting_places(places_at("/a.service", own)).memory.own == top + "/a.service");
  CHECK_THROWS_WITH(starting_places(places_at("/docker", own + "1\n")),
                    Catch::Contains("/docker holds processes that are not the agent's (pid 1)") &&
                        Catch::Contains("Delegate=yes"));
  // What a command of an agent before has left is the agent's to move.
  const int left = start_in(ControlGroup(CgroupPlaces()), "LIBAGENT_TASK=1-2-3 exec sleep 60");
  wait_until("it has its environment", [left] { return is_of_command(left); });
  CHECK(starting_places(places_at("/b.service", fmt::format("{}{}\n", own, left))).memory.own ==
        top + "/b.service");
  ::kill(left, SIGKILL);
  wait_for(left);
  const CgroupPlaces login = starting_places(places_at("/user.slice/session-3.scope", own + "1\n"));
  CHECK(login.memory.own == top);
  CHECK(login.cpu.usable());
  CHECK(login.io.problem == PlaceProblem::not_mounted);
}

TEST_CASE("Many processes are not all named", "[host][cgroup]") {
  CHECK(list_pids({1, 17}) == "1, 17");
  CHECK(list_pids({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) == "1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
}

TEST_CASE("A disk that cannot be limited is named, and the others are", "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("disks");
  Limits limits(name);
  LimitConfig limit;
  limit.disk_limit = {{.dev = "4095:1", .write_bytes = Bytes{1000}}};
  limits.apply(limit);
  CHECK_FALSE(state_of(limits, "disk").enforced);
  CHECK_THAT(state_of(limits, "disk").problem, Catch::StartsWith("dev '4095:1': no such device"));
}
