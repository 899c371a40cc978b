// limit.* of a program as it is built: its start, its end, and what it touches.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "host/proc_text.hpp"
#include "tests/host/limits/group_test.hpp"
#include "tests/support/made_groups.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using test::any_exists;
using test::made_groups_of;
using test::Program;

namespace {

// Nobody listens there.
const std::string kNoServer = "server = 127.0.0.1:1\nid = limited\n";

struct LimitedAgent {
  explicit LimitedAgent(const std::string& settings) : conf(dir.write("agent.conf", kNoServer + settings)) {}

  Program::Arguments arguments() const { return {"--conf", conf}; }
  test::TempDir dir;
  std::string conf;
};

void end_well(Program& program) {
  program.signal(SIGTERM);
  CHECK(program.wait() == 0);
}

// A line about this limit, and only one, while the program goes on.
void expect_one_error(Program& program, const std::string& limit, const std::string& error) {
  program.wait_for(limit + ": does not hold: " + error);
  program.wait_for("server 127.0.0.1:1: ");
  CHECK(program.count(limit) == 1);
}

}  // namespace

TEST_CASE("A program with limits says that they hold, and leaves nothing behind", "[core][limits]") {
  NEEDS_GROUPS();
  const LimitedAgent agent("limit.cpu_quota = 50\nlimit.memory_limit = 64Mi\n");
  Program program(EXAMPLE_AGENT, agent.arguments());
  program.wait_for("limit.cpu_quota: 50% in force");
  program.wait_for("limit.memory_limit: 67108864");
  program.wait_for("server 127.0.0.1:1: ");
  const std::vector<std::string> groups = made_groups_of(program.pid());
  REQUIRE_FALSE(groups.empty());
  end_well(program);
  CHECK_FALSE(any_exists(groups));
}

TEST_CASE("The least memory that may be configured is enough to start", "[core][limits]") {
  NEEDS_GROUPS();
  const LimitedAgent agent("limit.memory_limit = 8Mi\n");
  Program program(EXAMPLE_AGENT, agent.arguments());
  program.wait_for("limit.memory_limit: 8388608");
  program.wait_for("server 127.0.0.1:1: ");
  end_well(program);
}

TEST_CASE("The groups of a program that was killed are used and removed by the next one", "[core][limits]") {
  NEEDS_GROUPS();
  const LimitedAgent agent("limit.cpu_quota = 50\n");
  std::vector<std::string> groups;
  {
    Program killed(EXAMPLE_AGENT, agent.arguments());
    killed.wait_for("in force");
    groups = made_groups_of(killed.pid());
    killed.signal(SIGKILL);
    killed.wait();
  }
  REQUIRE(any_exists(groups));
  Program next(EXAMPLE_AGENT, agent.arguments());
  next.wait_for("in force");
  CHECK(made_groups_of(next.pid()) == groups);
  end_well(next);
  CHECK_FALSE(any_exists(groups));
}

TEST_CASE("A limit that cannot be set is one error line, and the program runs on", "[core][limits]") {
  const LimitedAgent agent(R"(limit.disk_limit = [{"dev":"4095:1","write_bytes":"1M"}])"
                           "\n");
  Program program(EXAMPLE_AGENT, agent.arguments());
  expect_one_error(program, "limit.disk_limit", "");
  end_well(program);
}

TEST_CASE("Where cgroups are read-only each limit is one error line with the remedy", "[core][limits]") {
  NEEDS_GROUPS();
  const std::string unshare = "/usr/bin/unshare";
  if (!std::filesystem::exists(unshare)) return;
  const LimitedAgent agent("limit.cpu_quota = 50\nlimit.memory_limit = 64Mi\n");
  const std::string line =
      "for m in $(awk '$3 ~ /^cgroup/ {print $2}' /proc/mounts); do mount -o remount,bind,ro $m || exit 9; done; "
      "exec \"$@\"";
  Program program(unshare, {"--mount", "/bin/sh", "-c", line, "sh", EXAMPLE_AGENT, "--conf", agent.conf});
  const std::string reason = "the cgroup file system is read-only here";
  expect_one_error(program, "limit.cpu_quota", reason);
  expect_one_error(program, "limit.memory_limit", reason);
  end_well(program);
}

TEST_CASE("A memory limit that is too small for the agent ends the start with the figure", "[core][limits]") {
  const LimitedAgent agent("limit.memory_limit = 4Mi\n");
  Program program(EXAMPLE_AGENT, agent.arguments());
  CHECK(program.wait() == 78);
  CHECK_THAT(
      program.output(),
      Catch::Contains("limit.memory_limit: 4.0 MiB is less than the 8.0 MiB that the agent itself needs"));
}

TEST_CASE("A program without limits touches no file of cgroups", "[core][limits]") {
  const std::string strace = "/usr/bin/strace";
  if (!std::filesystem::exists(strace)) {
    WARN("strace is not installed: nothing was tested");
    return;
  }
  const LimitedAgent agent("");
  const std::string trace = agent.dir.file("trace");
  Program program(strace, {"-f", "-e", "trace=%file,flock", "-o", trace, EXAMPLE_AGENT, "--conf", agent.conf},
                  {{"ASAN_OPTIONS", "detect_leaks=0"}});
  program.wait_for("server 127.0.0.1:1: ");
  const std::string calls = host::read_text(trace);
  const int agent_pid = std::stoi(calls);
  ::kill(agent_pid, SIGTERM);
  CHECK(program.wait() == 0);
  CHECK_THAT(calls, Catch::Contains("agent.conf"));
  std::istringstream lines(host::read_text(trace));
  for (std::string line; std::getline(lines, line);)
    if (line.find("cgroup") != std::string::npos) FAIL_CHECK(line);
}
