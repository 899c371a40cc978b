// Limits on a system that has none yet: this program is linked with agent_groups_windows.cpp in place of
// Linux's.
#include "host/limits/agent_groups.hpp"
#include "tests/host/process_test.hpp"

using namespace agent;
using namespace test;

namespace {

std::string kinds(const Limits& limits) {
  std::string text;
  for (const LimitState& state : limits.states()) {
    CHECK_FALSE(state.enforced);
    if (state.configured) text += state.kind + ": " + state.problem + "; ";
  }
  return text;
}

}  // namespace

TEST_CASE("Limits of a system without any are told, and none is called enforced", "[host][limits]") {
  Limits limits("libagent-test");
  int changes = 0;
  limits.on_change = [&] { ++changes; };
  CHECK(limits.states().size() == 4);
  CHECK(kinds(limits) == "");
  LimitConfig config;
  config.cpu_quota = 50;
  config.memory_limit = Bytes{1 << 30};
  config.disk_limit = {{.dev = "8:0", .write_bytes = Bytes{1 << 20}}};
  limits.apply(config);
  CHECK(changes == 1);
  CHECK(kinds(limits) ==
        "cpu: not supported on this system; memory: not supported on this system; "
        "disk: not supported on this system; ");
  CHECK_FALSE(limits.check());
  CHECK_FALSE(limits.oom_score_of_commands());
}

TEST_CASE("A command with limits is refused on such a system, and one without runs", "[host][limits]") {
  const auto limits = std::make_shared<Limits>("libagent-test");
  const auto run = [&limits](const CommandLimits& wanted) {
    Outcome outcome;
    ProcessOptions options = shell("echo hello");
    options.limits = wanted;
    with_reaper([&](ChildReaper* reaper) { return run_to_end(reaper, std::move(options), &outcome); },
                limits);
    return outcome;
  };
  CHECK(run({}).output == "hello\n");
  CHECK_THROWS_WITH(run({.pids = 5}), Catch::Contains("not supported on this system"));
  CHECK(kinds(*limits) == "tasks: not supported on this system; ");
}
