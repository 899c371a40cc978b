#include <algorithm>
#include <csignal>
#include <memory>
#include <vector>

#include "tests/support/json_text.hpp"
#include "tests/system/guarded.hpp"

// Owners of agent ids, and what becomes of a token that is revoked: the real programs.

using namespace test;
using agent::wire::Handshake;

namespace {

const std::string kTokens = "rack-a token-of-rack-a-1\nrack-b token-of-rack-b-1\n";
const std::string kRackA = "token-of-rack-a-1";
const std::string kRackB = "token-of-rack-b-1";
const std::string kApi = "api-secret-num-1";

struct Racks : Guarded {
  Racks() {
    tokens.set_enroll(kTokens);
    server.restart(SIGTERM);
  }
  // A handshake and its answer; the connection is gone afterwards.
  Handshake come(const WireAgentOptions& options) const {
    WireAgent agent(server.port(), options);
    REQUIRE(agent.upgrade() == 101);
    return agent.handshake();
  }
  std::string get(const std::string& path) const { return client(kApi).get(path).body; }
  void wait_for_loss(const std::string& id) const {
    wait_until(id + " is gone", [&] { return json_at(get("/api/agents/" + id), "code") == "404"; });
  }
};

// The lines of a program's output that contain both.
std::vector<std::string> lines_with(const std::string& output, const std::string& a, const std::string& b) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < output.size();) {
    const std::size_t end = std::min(output.find('\n', begin), output.size());
    const std::string line = output.substr(begin, end - begin);
    if (line.find(a) != std::string::npos && line.find(b) != std::string::npos) lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("An id belongs to its token after a SIGKILL right behind the handshake", "[system]") {
  Racks racks;
  for (int i = 0; i < 3; ++i) {
    const std::string id = "db-" + std::to_string(i);
    CHECK(racks.come({.id = id, .token = kRackA}).ok);
    racks.server.kill();
    racks.server.start();
    const Handshake stolen = racks.come({.id = id, .token = kRackB});
    CHECK_FALSE(stolen.ok);
    CHECK(stolen.msg == "agent id conflict");
    CHECK(racks.come({.id = id, .token = kRackA}).ok);
  }
  CHECK(json_at(racks.get("/api/agents/db-0/binding"), "payload.token") == "rack-a");
}

TEST_CASE("A stolen id is logged with both tokens and addresses, whether its agent is there or not",
          "[system]") {
  Racks racks;
  {
    WireAgent owner = WireAgent::connected(racks.server.port(), {.id = "db-1", .token = kRackA});
    CHECK(json_at(racks.get("/api/agents/db-1"), "payload.binding") == "rack-a");
    CHECK_FALSE(racks.come({.id = "db-1", .token = kRackB}).ok);
  }
  auto lines = lines_with(racks.server.program().output(), "agent db-1: refused from 127.0.0.1", "rack-b");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Contains("the id belongs to token rack-a, connected since 20") &&
                           Catch::Contains(" from 127.0.0.1"));

  CHECK(racks.come({.id = "db-2", .token = kRackA}).ok);
  racks.wait_for_loss("db-2");
  CHECK_FALSE(racks.come({.id = "db-2", .token = kRackB}).ok);
  lines = lines_with(racks.server.program().output(), "agent db-2: refused from 127.0.0.1", "rack-b");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Contains("the id belongs to token rack-a, last connected from 127.0.0.1"));
  CHECK(racks.server.program().output().find("token-of-rack") == std::string::npos);
}

TEST_CASE("A released id is the next one's, also after a SIGKILL behind the release", "[system]") {
  Racks racks;
  CHECK(racks.come({.id = "db-1", .token = kRackA}).ok);
  racks.wait_for_loss("db-1");
  CHECK(json_at(racks.client(kApi).request("DELETE", "/api/agents/db-1/binding").body, "code") == "200");
  racks.server.kill();
  racks.server.start();
  CHECK(racks.come({.id = "db-1", .token = kRackB}).ok);
  CHECK_FALSE(racks.come({.id = "db-1", .token = kRackA}).ok);
}

TEST_CASE("Only who may use the API releases an id", "[system]") {
  Racks racks;
  CHECK(racks.come({.id = "db-1", .token = kRackA}).ok);
  for (const std::string& token : {std::string(), kRackA, kRackB})
    CHECK(racks.client(token).request("DELETE", "/api/agents/db-1/binding").status == 401);
  CHECK(json_at(racks.get("/api/agents/db-1/binding"), "payload.token") == "rack-a");
}

TEST_CASE("An agent of ours that finds its id in use is told since when and from where", "[system]") {
  Scene scene;
  WireAgent second(scene.server.port(), {.id = "bystander"});
  REQUIRE(second.upgrade() == 101);
  agent::wire::Come come = make_come({.id = "bystander"});
  come.caps = {"ack"};
  const Handshake answer = second.handshake(come);
  CHECK_THAT(answer.msg,
             Catch::Matches("agent id conflict: connected since 20[0-9T:-]+Z from 127\\.0\\.0\\.1"));

  Racks racks;
  WireAgent owner = WireAgent::connected(racks.server.port(), {.id = "db-1", .token = kRackA});
  WireAgent thief(racks.server.port(), {.id = "db-1", .token = kRackB});
  REQUIRE(thief.upgrade() == 101);
  come = make_come({.id = "db-1"});
  come.caps = {"ack"};
  CHECK(thief.handshake(come).msg == "agent id conflict: the id belongs to another token");
}

TEST_CASE("Twenty clones of an agent fill no log, neither the server's nor their own", "[system]") {
  Scene scene;
  for (int i = 0; i < 20; ++i) {
    WireAgent clone(scene.server.port(), {.id = "bystander"});
    REQUIRE(clone.upgrade() == 101);
    CHECK(clone.handshake().msg == "agent id conflict");
  }
  CHECK(scene.server.program().count("agent bystander: refused") == 1);
  CHECK(scene.server.metric("agent_server_connects_total{result=\"conflict\"}") == 20.0);
  scene.check_unharmed();
}

TEST_CASE("SIGHUP ends the sessions of a token that is gone, and none of another one of its name",
          "[system]") {
  Racks racks;
  racks.tokens.set_enroll(kTokens + "rack-a token-of-rack-a-2\n");
  racks.server.restart(SIGTERM);
  AgentProgram old_agent(racks.server.address(), "old-1", "basic.token = " + kRackA + "\n");
  AgentProgram new_agent(racks.server.address(), "new-1", "basic.token = token-of-rack-a-2\n");
  old_agent.wait_for_session();
  new_agent.wait_for_session();
  racks.tokens.set_enroll("rack-a token-of-rack-a-2\n");
  racks.server.program().signal(SIGHUP);
  old_agent.program().wait_for("the token was revoked");
  racks.wait_for_loss("old-1");
  old_agent.program().wait_for("401");
  CHECK(new_agent.sessions() == 1);
  CHECK(json_at(racks.get("/api/foo/new-1"), "code") == "200");
  CHECK(racks.come({.id = "old-1", .token = "token-of-rack-a-2"}).ok);  // the id is rack-a's still
}

TEST_CASE("SIGHUP ends what a revoked API token follows, the command goes on", "[system]") {
  Racks racks;
  racks.tokens.set_api("ops " + kApi + "\nops api-secret-num-2\n");
  racks.server.restart(SIGTERM);
  AgentProgram agent(racks.server.address(), "x-1", "basic.token = " + kRackA + "\n", kExecAgentProgram);
  agent.wait_for_session();
  HttpClient runner = racks.client(kApi);
  const std::string body = R"({"cmd":"echo begin; sleep 600","result":false})";
  const std::string task =
      json_at(runner.request("POST", "/api/exec/x-1/run", {{"Content-Type", "application/json"}}, body).body,
              "payload.id");
  const std::string output = "/api/exec/x-1/tasks/" + task + "/output";
  std::vector<std::unique_ptr<HttpClient>> followers;
  for (const Headers& headers : {Headers(), Headers{{"Accept", "text/event-stream"}}}) {
    followers.push_back(std::make_unique<HttpClient>(racks.client("api-secret-num-2")));
    followers.back()->send_request("GET", output + "?follow=1", headers);
    std::string seen;
    while (seen.find(headers.empty() ? "begin" : "event: output") == std::string::npos)
      seen += followers.back()->socket().receive();
  }
  racks.tokens.set_api("ops " + kApi + "\n");
  racks.server.program().signal(SIGHUP);
  for (auto& follower : followers) CHECK(follower->socket().is_closed_within(kPatience));
  CHECK(racks.status("api-secret-num-2") == 401);
  CHECK(json_at(racks.get("/api/exec/x-1/tasks/" + task), "payload.state") == "running");
}

TEST_CASE("A short token is refused by validate and at start, at SIGHUP the old list stays", "[system]") {
  Racks racks;
  WireAgent agent = WireAgent::connected(racks.server.port(), {.id = "db-1", .token = kRackA});
  racks.tokens.set_enroll("rack-a too-short\n");
  const auto [code, said] = run_program(kServerProgram, {"validate", "--conf", racks.server.conf()});
  CHECK(code == 78);
  CHECK_THAT(said, Catch::Contains("the token has 9 characters, at least 16 are wanted") &&
                       !Catch::Contains("too-short"));
  Program second(kServerProgram, {"--conf", racks.server.conf()});
  CHECK(second.wait() == 78);
  racks.server.program().signal(SIGHUP);
  racks.server.program().wait_for("not reloaded: ");
  CHECK(racks.upgrade("too-short") == 401);
  CHECK(racks.upgrade(kRackB) == 101);
  HttpClient http = racks.client(kApi);
  http.send_request("GET", "/api/foo/db-1");
  agent.serve_foo();
  CHECK(http.read_reply().status == 200);
}

TEST_CASE("An agent without a server logs the beginning, the doublings and the end", "[system]") {
  ServerProgram server;
  AgentProgram agent(server.address(), "lonely");
  agent.wait_for_session();
  server.kill();
  agent.program().wait_for("(failed attempts: ");  // after two seconds
  CHECK(agent.program().count("server " + server.address() + ": ") <= 3);
  server.start();
  agent.program().wait_for("connected to " + server.address() + " as lonely, after ");
}
