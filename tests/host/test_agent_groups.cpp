// The groups of an agent, on the machine itself: this process plays the agent.
#include "host/agent_groups.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "agent/error.hpp"
#include "host/cgroup_start.hpp"
#include "host/disk_device.hpp"
#include "host/group_tree.hpp"
#include "host/limit_values.hpp"
#include "host/proc_text.hpp"
#include "tests/host/group_test.hpp"
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

LimitState state_of(const Limits& limits, std::string_view kind) {
  for (const LimitState& state : limits.states())
    if (state.kind == kind) return state;
  throw std::runtime_error("no such kind");
}

std::string self_groups() { return read_text("/proc/self/cgroup"); }

// Every directory of a group that the agent `name` could have left.
std::vector<std::string> what_is_left_of(const std::string& name) {
  std::vector<std::string> left;
  const ControlGroup bound(bound_below(starting_places(), name));
  for (const std::string& directory : bound.directories())
    if (fs::exists(directory)) left.push_back(directory);
  return left;
}

// The name of an agent of this test. In the end nothing is left of its groups, also when the test has failed.
struct TestName : std::string {
  explicit TestName(std::string_view what)
      : std::string(fmt::format("libagent-test-{}-{}", ::getpid(), what)) {}
  ~TestName() {
    try {
      wait_until("nothing is left", [this] { return what_is_left_of(*this).empty() || tidied(); });
    } catch (const std::exception& error) {
      WARN(error.what());
    }
  }
  bool tidied() const {
    GroupTree tree(*this, starting_places(), false);
    for (const ControlGroup& group : {tree.left(), tree.bound()}) {
      for (const int pid : group.processes()) ::kill(pid, SIGKILL);
    }
    tree.remove();
    return what_is_left_of(*this).empty();
  }
};

// On v2 no second agent can start in a unit's group once one has passed controllers on there: it is killed
// and started again at the top, where a group may do both.
void leave_unit() {
  const CgroupPlaces places = own_places();
  if (places.memory.version == 2) REQUIRE(write_to(places.memory.mount + "/cgroup.procs", "0") == 0);
}

// An agent that is killed when it has done `work`: its groups stay.
void killed_agent(const std::string& name, const std::function<void(Limits&)>& work) {
  const int agent = ::fork();
  if (agent == 0) {
    try {
      Limits limits(name);
      work(limits);
      ::kill(::getpid(), SIGKILL);
    } catch (...) {
    }
    ::_exit(1);
  }
  REQUIRE(WIFSIGNALED(wait_for(agent)));
}

}  // namespace

TEST_CASE("Without limits nothing is made and nobody moves", "[group][limits]") {
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

TEST_CASE("An agent that was moved out of its group goes back", "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("moved");
  ControlGroup outside(own_places().below(name + "-outside"));
  REQUIRE(outside.make());
  Limits limits(name);
  limits.apply(cpu_and_memory());
  outside.add(::getpid());
  for (const char* kind : {"cpu", "memory", "tasks"}) {
    CHECK_FALSE(state_of(limits, kind).enforced);
    CHECK_THAT(state_of(limits, kind).problem, Catch::StartsWith("the agent was moved from "));
  }
  CHECK(limits.check());
  for (const char* kind : {"cpu", "memory", "tasks"}) CHECK(state_of(limits, kind).enforced);
  CHECK(outside.remove());
}

TEST_CASE("What a killed agent has left is adopted when it lives and removed when it is empty",
          "[group][limits]") {
  NEEDS_GROUPS();
  leave_unit();
  const TestName name("killed");
  killed_agent(name, [](Limits& limits) {
    const CommandPlaces places = limits.places();
    places.tasks.below("empty").make();
    ControlGroup command = places.tasks.below("command");
    command.make();
    start_in(command, "exec sleep 60");
    wait_until("it lives", [&] { return command.processes().size() == 1; });
  });
  REQUIRE_FALSE(what_is_left_of(name).empty());
  int survivor = 0;
  {
    Limits limits(name);
    const CommandPlaces places = limits.places();
    REQUIRE(places.left.processes().size() == 1);
    survivor = places.left.processes().front();
    for (const char* old : {"empty", "command"}) {
      const ControlGroup command = places.tasks.below(old);
      for (const std::string& directory : command.directories()) CHECK_FALSE(fs::exists(directory));
    }
  }
  CHECK(::kill(survivor, 0) == 0);  // it outlives this agent, too
  CHECK_FALSE(what_is_left_of(name).empty());
  ::kill(survivor, SIGKILL);
  wait_until("the group is empty", [&] {
    Limits next(name);
    return next.places().left.is_empty();
  });
  CHECK(what_is_left_of(name).empty());
}

TEST_CASE("A limit of an earlier run does not outlive its setting", "[group][limits]") {
  NEEDS_GROUPS();
  leave_unit();
  const TestName name("stale");
  killed_agent(name, [](Limits& limits) { limits.apply(cpu_and_memory()); });
  Limits limits(name);
  LimitConfig limit;
  limit.cpu_quota = 80;
  limits.apply(limit);
  CHECK(state_of(limits, "cpu").value == "80%");
  const ControlGroup bound = limits.places().bound;
  const bool v2 = bound.places().memory.version == 2;
  CHECK_FALSE(single_number(bound.read(Controller::memory, v2 ? "memory.max" : "memory.limit_in_bytes")));
}

TEST_CASE("Two agents of one name have groups of their own", "[group][limits]") {
  NEEDS_GROUPS();
  const TestName name("twice");
  const CgroupPlaces start = starting_places();
  const GroupTree first(name, start, false);
  const GroupTree second(name, start, false);
  CHECK(first.bound().directories() != second.bound().directories());
  CHECK_FALSE(second.was_there());
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

TEST_CASE("A quota holds by the kernel's own account", "[group][limits][bite]") {
  NEEDS_GROUPS();
  const TestName name("quota");
  Limits limits(name);
  LimitConfig limit;
  limit.cpu_quota = 5;  // little: on a busy machine nobody would get more
  limits.apply(limit);
  const CommandPlaces places = limits.places();
  ControlGroup command = places.tasks.below("loop");
  REQUIRE(command.make());
  const int pid = start_in(command, "for i in 1 2 3 4; do while :; do :; done & done; wait");
  auto throttled = [&] {
    return counter(places.bound.read(Controller::cpu, "cpu.stat"), "nr_throttled").value_or(0);
  };
  auto periods = [&] {
    return counter(places.bound.read(Controller::cpu, "cpu.stat"), "nr_periods").value_or(0);
  };
  wait_until("the quota is felt", [&] { return throttled() > 0; });
  const auto used_before = command.usage().cpu;
  const std::uint64_t periods_before = periods();
  wait_until("forty periods have gone by", [&] { return periods() >= periods_before + 40; });
  const std::chrono::duration<double> used = command.usage().cpu - used_before;
  // Each period is 100 ms of wall time: the kernel counts them, however busy the machine is.
  const double wall = 0.1 * static_cast<double>(periods() - periods_before);
  CHECK(used.count() / wall <= 0.05 + 0.05);
  command.kill();
  wait_for(pid);
  wait_until("the group is empty", [&] {
    command.kill();
    return command.remove();
  });
}

TEST_CASE("Memory that runs out kills a command and not the agent", "[group][limits][bite]") {
  NEEDS_GROUPS();
  const TestName name("hog");
  Limits limits(name);
  LimitConfig limit;
  limit.memory_limit = Bytes{64 * 1024 * 1024};
  limits.apply(limit);
  REQUIRE(state_of(limits, "memory").problem == "");
  ControlGroup command = limits.places().tasks.below("hog");
  for (std::uint64_t round = 1; round <= 2; ++round) {
    REQUIRE(command.make());
    const GroupCounters before = limits.counters();
    const int status =
        wait_for(start_in(command, fmt::format("echo {} > /proc/self/oom_score_adj; exec tail /dev/zero",
                                               *limits.oom_score_of_commands())));
    CHECK(WIFSIGNALED(status));
    CHECK(command.counters().oom_kills == 1);
    CHECK(command.counters().memory_limits == 0);  // it had no limit of its own
    CHECK(limits.counters().memory_limits > before.memory_limits);
    wait_until("the group is removed", [&] { return command.remove(); });
  }
}

TEST_CASE("A disk limit binds commands, and agent and commands together", "[group][limits][bite]") {
  NEEDS_GROUPS();
  TempDir dir;
  struct stat where {};
  REQUIRE(::stat(dir.path().c_str(), &where) == 0);
  const DeviceNumber disk{major(where.st_dev), minor(where.st_dev)};
  if (!problem_of_disk_device(disk).empty() || !own_places().io.usable()) {
    WARN("the disk of the temporary directory cannot be limited: nothing was tested");
    return;
  }
  const TestName name("disk");
  Limits limits(name);
  LimitConfig limit;
  limit.disk_limit = {{.dev = to_string(disk), .write_bytes = Bytes{8'000'000}}};
  limits.apply(limit);
  REQUIRE(state_of(limits, "disk").problem == "");
  CHECK(state_of(limits, "disk").enforced);
  ControlGroup command = limits.places().tasks.below("writer");
  REQUIRE(command.make());
  const std::string line = fmt::format("exec dd if=/dev/zero of={} bs=1M count=24 oflag=direct 2>{}",
                                       dir.file("x"), dir.file("log"));
  const auto begin = std::chrono::steady_clock::now();
  const int status = wait_for(start_in(command, line));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (status != 0) WARN("no direct writes here: " << read_text(dir.file("log")));
  // A lower bound of the time: a busy machine only makes it longer. Without the limit it takes a tenth.
  if (status == 0) CHECK(24.0 * 1048576 / took.count() <= 1.1 * 8'000'000);
  CHECK(command.remove());
}
