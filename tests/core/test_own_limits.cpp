// limit.* in a running agent: in force before on_start, in the series and in the report.
#include "core/own_limits.hpp"

#include <catch2/catch.hpp>

#include "agent/testing.hpp"
#include "agent/wire/control.hpp"
#include "host/proc_text.hpp"
#include "tests/host/limits/group_test.hpp"

using namespace agent;
using test::TestName;

namespace {

const std::string kReports = "monitor.enabled = true\nmonitor.interval = 10s\n";

std::string series(Agent& agent) {
  std::string lines;
  const std::string text = agent.metrics().expose();
  for (std::size_t at = text.find("\nagent_limit_enforced"); at != std::string::npos;
       at = text.find("\nagent_limit_enforced", at + 1))
    lines += text.substr(at + 1, text.find('\n', at + 1) - at);
  return lines;
}

void raise_quota(Agent& agent) {
  const host::ControlGroup bound = agent.limits()->places().bound;
  const bool v2 = bound.places().cpu.version == 2;
  bound.set(host::Controller::cpu, {{v2 ? "cpu.max" : "cpu.cfs_quota_us", v2 ? "700000 100000" : "700000"}});
}

}  // namespace

TEST_CASE("An agent without limits has neither series nor report of them", "[core][limits]") {
  Agent agent("test-agent", "1.0.0");
  TestServer server(agent, kReports);
  server.advance(std::chrono::minutes(3));
  CHECK(series(agent).empty());
  REQUIRE_FALSE(server.reports<wire::AgentInfo>().empty());
  CHECK(server.reports<wire::AgentInfo>().back().limits.list.empty());
}

TEST_CASE("Limits hold before on_start, and series and report say so", "[core][limits]") {
  NEEDS_GROUPS();
  const TestName name("core");
  Agent agent(name, "1.0.0");
  std::string groups_at_start;
  agent.on_start([&] { groups_at_start = host::read_text("/proc/self/cgroup"); });
  TestServer server(agent, kReports + "limit.cpu_quota = 50\n");
  CHECK_THAT(groups_at_start, Catch::Contains(name + "/agent"));
  CHECK(series(agent) == "agent_limit_enforced{kind=\"cpu\"} 1\nagent_limit_enforced{kind=\"tasks\"} 1\n");
  server.advance(std::chrono::seconds(10));
  const std::vector<wire::LimitReport> told = server.reports<wire::AgentInfo>().back().limits.list;
  CHECK(told == std::vector<wire::LimitReport>{{"cpu", true, "50%", ""}, {"tasks", true, "", ""}});
}

TEST_CASE("A bound that somebody changed is 0 in the next report, and 1 again after a minute",
          "[core][limits]") {
  NEEDS_GROUPS();
  const TestName name("changed");
  Agent agent(name, "1.0.0");
  TestServer server(agent, kReports + "limit.cpu_quota = 50\n");
  raise_quota(agent);
  server.advance(std::chrono::seconds(10));
  const wire::LimitReport cpu = server.reports<wire::AgentInfo>().back().limits.list.front();
  CHECK_FALSE(cpu.enforced);
  CHECK_THAT(cpu.problem, Catch::Contains("was 50000") && Catch::Contains("and is 700000"));
  CHECK_THAT(series(agent), Catch::Contains("{kind=\"cpu\"} 0"));
  server.advance(std::chrono::seconds(60));
  CHECK(server.reports<wire::AgentInfo>().back().limits.list.front() ==
        wire::LimitReport{"cpu", true, "50%", ""});
  CHECK_THAT(series(agent), Catch::Contains("{kind=\"cpu\"} 1"));
}

TEST_CASE("A limit that cannot be set is 0 with its reason, and the agent runs on", "[core][limits]") {
  const TestName name("cannot");
  Agent agent(name, "1.0.0");
  TestServer server(agent, kReports + R"(limit.disk_limit = [{"dev":"4095:1","read_bytes":"1M"}])" + "\n");
  server.advance(std::chrono::seconds(10));
  const wire::LimitReport disk = server.reports<wire::AgentInfo>().back().limits.list.front();
  CHECK(disk.kind == "disk");
  CHECK_FALSE(disk.enforced);
  CHECK_FALSE(disk.problem.empty());
  CHECK_THAT(series(agent), Catch::Contains("{kind=\"disk\"} 0"));
  CHECK(agent.connected());
}
