// Limits of commands from the API to the machine's kernel and back.
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "host/limits/control_group.hpp"
#include "tests/support/hog.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/made_groups.hpp"
#include "tests/system/command_client.hpp"

using namespace test;

namespace {

bool can_have_groups() {
  const agent::host::CgroupPlaces places = agent::host::own_places();
  return ::geteuid() == 0 && places.memory.usable() && places.pids.usable() && places.cpu.usable();
}

// A server and an exec-agent, both real.
struct Pair {
  explicit Pair(const std::string& of_agent, const std::string& of_server = {})
      : server(of_server), agent(server.address(), "exec-1", of_agent, kExecAgentProgram) {
    server.wait_for_agent("exec-1");
  }
  CommandClient client() const { return CommandClient(server, "exec-1"); }
  // The answer to a command with `limits` that is not run.
  std::string refusal(const std::string& limits) const {
    const std::string body = R"({"cmd":"echo",)" + limits + "}";
    return server.client().request("POST", "/api/exec/exec-1/run", {}, body).body;
  }

  ServerProgram server;
  AgentProgram agent;
};

// Groups of commands, in all hierarchies: what lies below `agent`, `commands` and `left` of the bound.
std::size_t count_groups(AgentProgram& agent) {
  std::size_t count = 0;
  for (const std::string& group : made_groups_of(agent.program().pid())) {
    const std::filesystem::path bound = std::filesystem::path(group).parent_path();
    std::error_code gone;  // a group that ends meanwhile
    for (std::filesystem::recursive_directory_iterator i(bound, gone), end; !gone && i != end;
         i.increment(gone))
      if (i.depth() > 0 && i->is_directory(gone)) ++count;
  }
  return count;
}

// Each in a group of its own; every tenth meets a limit.
std::string run_limited(CommandClient& client, std::size_t number) {
  if (number % 10 == 9) {
    const std::string end =
        json_at(client.run(kMemoryHog, R"("memory":"16Mi")").body, "payload.result.ended_by");
    return end == "memory" ? "" : "ended by " + end;
  }
  const std::array limits{R"("memory":"32Mi")", R"("pids":20)", R"("cpu_percent":80)", R"("cpu_seconds":5)",
                          R"("memory":"32Mi","pids":20,"cpu_percent":80,"cpu_seconds":5)"};
  const long long code = static_cast<long long>(number % 100);
  const CommandResult result = client.run("exit " + std::to_string(code), limits[number % limits.size()]);
  return result.code == code ? "" : result.body;
}

}  // namespace

TEST_CASE("A command that met its memory limit says so, after a restart of the server too",
          "[system][limits]") {
  if (!can_have_groups()) {
    WARN("no group can be made here: nothing was tested");
    return;
  }
  Pair pair("");
  CommandClient client = pair.client();
  const std::string id = client.start(kMemoryHog, R"("memory":"16Mi")");
  client.wait_for_state(id, "done");
  CHECK(json_at(client.run("echo").body, "payload.result.ended_by").empty());
  for (const bool is_again : {false, true}) {
    if (is_again) pair.server.restart(SIGKILL);
    CommandClient of_now = pair.client();
    CHECK(of_now.task(id, "ended_by") == "memory");
    CHECK(of_now.task(id, "bound") == "command");
    CHECK(of_now.task(id, "oom_kills") == "1");
    CHECK(of_now.task(id, "limits") == R"({"memory":16777216})");
    CHECK(std::stoull(of_now.task(id, "usage.peak_memory")) <= 16 * 1024 * 1024);
  }
  wait_until("the audit log", [&] {
    return read_file(pair.server.dir().file("data/audit.log")).find(", ended by memory\"") !=
           std::string::npos;
  });
}

TEST_CASE("A limit above the real agent's ceiling is 400 with the ceiling", "[system][limits]") {
  Pair pair("exec.limit.max_memory = 64Mi\n");
  const std::string body = pair.refusal(R"("memory":"128Mi")");
  CHECK(json_at(body, "code") == "400");
  CHECK(json_at(body, "msg") == "bad param: memory: at most 64 MiB");
}

TEST_CASE("A server that offers no limits refuses them and runs everything else", "[system][limits]") {
  Pair pair("", "capabilities = ack, kill\n");
  const std::string body = pair.refusal(R"("pids":5)");
  CHECK(json_at(body, "code") == "424");
  CHECK(json_at(body, "msg") ==
        "agent cannot limit commands: limits are not among this server's capabilities");
  CHECK(pair.client().run("echo").code == 0);
}

// `make soak` runs ten thousand.
TEST_CASE("Commands with limits, one after another, leave no group, no descriptor and no memory",
          "[system][limits][soak]") {
  if (!can_have_groups()) {
    WARN("no group can be made here: nothing was tested");
    return;
  }
  const std::size_t count = std::getenv("LIBAGENT_SOAK") != nullptr ? 10'000 : 200;
  constexpr std::size_t kFirst = 50;       // what is made once is made
  constexpr std::size_t kNoise = 1 << 20;  // of the allocator
  Pair pair("");
  CommandClient client = pair.client();
  Program& agent = pair.agent.program();
  for (std::size_t number = 0; number < kFirst; ++number) REQUIRE(run_limited(client, number) == "");
  REQUIRE(!made_groups_of(agent.pid()).empty());
  const auto have_ended = [&] { return count_groups(pair.agent) == 0; };
  wait_until("no group is left", have_ended);
  const std::size_t descriptors = agent.descriptors();
  const std::size_t memory = agent.resident_bytes();
  for (std::size_t number = kFirst; number < kFirst + count; ++number) {
    INFO("command " << number);
    REQUIRE(run_limited(client, number) == "");
  }
  wait_until("no group is left", have_ended);
  wait_until("no descriptor is left", [&] { return agent.descriptors() <= descriptors; });
  INFO("before: " << memory << " bytes");
  check_memory(agent, memory + kNoise);
}
