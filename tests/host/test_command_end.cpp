#include "host/command_end.hpp"

#include <catch2/catch.hpp>

using namespace agent;
using namespace agent::host;

TEST_CASE("A command that nobody killed ended by itself, whatever its exit code", "[host][cgroup]") {
  CHECK(decide_end({}, {}) == CommandEnd{});
}

TEST_CASE("The group's counter says that memory ran out, and whose", "[host][cgroup]") {
  CountersAround counters{.command = {.oom_kills = 2, .memory_limits = 1}};
  CHECK(decide_end(counters, {}) ==
        CommandEnd{.ended_by = EndedBy::memory, .bound = Bound::command, .oom_kills = 2});
  counters = {
      .command = {.oom_kills = 1}, .agent_before = {.memory_limits = 4}, .agent_after = {.memory_limits = 5}};
  CHECK(decide_end(counters, {}).bound == Bound::agent);
  counters.agent_after.memory_limits = 4;
  CHECK(decide_end(counters, {}).bound == Bound::host);
}

TEST_CASE("A limit that was met without a kill ends nothing", "[host][cgroup]") {
  CHECK(decide_end({.command = {.memory_limits = 7}}, {}) == CommandEnd{});
}

TEST_CASE("A refused fork is told beside the end", "[host][cgroup]") {
  CHECK(decide_end({.command = {.forks_refused = 1}}, {}) ==
        CommandEnd{.bound = Bound::command, .pids = true});
  const CountersAround agents{.agent_before = {.forks_refused = 1}, .agent_after = {.forks_refused = 3}};
  CHECK(decide_end(agents, {.timed_out = true}) ==
        CommandEnd{.ended_by = EndedBy::timeout, .bound = Bound::agent, .pids = true});
  CHECK(decide_end({.host_refused_fork = true}, {}).bound == Bound::host);
  const CountersAround anew{.agent_before = {.forks_refused = 3}, .agent_after = {.forks_refused = 1}};
  CHECK_FALSE(decide_end(anew, {}).pids);
}

TEST_CASE("Memory comes before CPU seconds, these before a timeout, that before a kill", "[host][cgroup]") {
  AgentsPart part{.timed_out = true, .killed = true, .cpu_used_up = true};
  CHECK(decide_end({.command = {.oom_kills = 1}}, part).ended_by == EndedBy::memory);
  CHECK(decide_end({}, part).ended_by == EndedBy::cpu_seconds);
  part.cpu_used_up = false;
  CHECK(decide_end({}, part).ended_by == EndedBy::timeout);
  part.timed_out = false;
  CHECK(decide_end({}, part).ended_by == EndedBy::killed);
}
