#include <unistd.h>

#include <array>
#include <filesystem>
#include <regex>

#include "tests/support/json_text.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/system/scene.hpp"

using namespace test;

namespace fs = std::filesystem;

namespace {

// The lines of a file but that of the id, and what stands there as id.
struct ConfText {
  explicit ConfText(const std::string& path) {
    std::istringstream lines(read_file(path));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("basic.id")) {
        others += line + "\n";
        continue;
      }
      id = line.substr(line.find('=') + 1);
      id.erase(0, id.find_first_not_of(' '));
    }
  }

  std::string id;
  std::string others;
};

}  // namespace

TEST_CASE("A registered agent answers a call that came in over HTTP", "[system]") {
  Scene scene;
  HttpReply reply = scene.server.client().get("/api/foo/bystander");
  CHECK(reply.status == 200);
  CHECK(reply.header("Content-Type") == "application/json; charset=utf-8");
  CHECK(json_at(reply.body, "code") == "200");
  CHECK(json_at(reply.body, "payload") == "");
}

TEST_CASE("The server knows its agents and itself", "[system]") {
  Scene scene;
  const std::string list = scene.server.get("/api/agents");
  CHECK(json_at(list, "code") == "200");
  CHECK(json_at(list, "payload.0.id") == "bystander");
  CHECK(json_at(list, "payload.0.type") == "example-agent");
  CHECK(json_at(list, "payload.0.os") == "linux");
  CHECK(json_at(list, "payload.0.ip") == "127.0.0.1");
  CHECK(json_at(list, "payload.1.id") == "");

  const std::string info = scene.server.get("/api/info/server");
  CHECK(json_at(info, "payload.id") == "test-cluster");
  CHECK(json_at(info, "payload.agents") == "1");
  CHECK(json_at(info, "payload.is_blocking") == "false");
  CHECK(scene.server.metric("agent_count") == 1.0);
}

TEST_CASE("An unknown agent is not found, and one of another type is not called", "[system]") {
  Scene scene;
  WireAgent exec = scene.agent({.id = "exec-1", .type = "exec-agent"});
  CHECK(json_at(scene.server.get("/api/foo/nobody"), "code") == "404");
  CHECK(json_at(scene.server.get("/api/foo/nobody"), "msg") == "not found: agent");
  CHECK(json_at(scene.server.get("/api/foo/exec-1"), "code") == "424");
  CHECK(json_at(scene.server.get("/api/foo/exec-1"), "msg") ==
        "invalid agent type want [example-agent] got [exec-agent]");
}

TEST_CASE("An agent without an id is given one, which replaces only the id's line of its file", "[system]") {
  ServerProgram server;
  AgentProgram agent(server.address(), "");
  const ConfText before(agent.conf());
  const fs::perms mode = fs::status(agent.conf()).permissions();
  agent.wait_for_session();

  const std::string id = json_at(server.get("/api/agents"), "payload.0.id");
  CHECK(std::regex_match(id, std::regex("agent-[0-9]{8}-[0-9a-f]{16}")));
  wait_until("the id is in the file", [&] { return ConfText(agent.conf()).id == id; });
  CHECK(ConfText(agent.conf()).others == before.others);
  CHECK(fs::status(agent.conf()).permissions() == mode);
  CHECK(std::distance(fs::directory_iterator(agent.dir().path()), fs::directory_iterator()) == 1);

  agent.restart();
  agent.wait_for_session();
  CHECK(json_at(server.get("/api/agents"), "payload.0.id") == id);
  CHECK(json_at(server.get("/api/agents"), "payload.1.id") == "");
}

TEST_CASE("An agent's id may be its host name or its address", "[system]") {
  ServerProgram server;
  std::array<char, 256> host_name{};
  REQUIRE(gethostname(host_name.data(), host_name.size() - 1) == 0);
  AgentProgram by_name(server.address(), "$HOSTNAME");
  AgentProgram by_address(server.address(), "$IP");
  server.wait_for_agent(host_name.data());
  server.wait_for_agent("127.0.0.1");
  CHECK(ConfText(by_name.conf()).id == "$HOSTNAME");
}

TEST_CASE("Programs have nothing of OpenSSL in memory until they use TLS", "[system]") {
  if (kSanitized) return;  // linked in the usual way
  Scene scene;
  CHECK(scene.server.foo("bystander") == 200);
  for (const Program* program : {&scene.server.program(), &scene.bystander.program()}) {
    const std::string maps = read_file("/proc/" + std::to_string(program->pid()) + "/maps");
    CHECK(maps.find("libc.so") != std::string::npos);
    CHECK(maps.find("libcrypto") == std::string::npos);
    CHECK(maps.find("libssl") == std::string::npos);
  }
}
