// Terminals with a WebSocket client that is not ours: Node's package ws, which `make test-deps` installs.
#include <catch2/catch.hpp>

#include "tests/system/guarded.hpp"
#include "tests/system/terminal_scene.hpp"

using namespace test;

namespace {

struct NodeRun {
  int code = 0;
  std::string told;   // what the client printed
  std::string shown;  // what the terminal showed
};

// The client of node_terminal.js, which lists the steps. `options`: further members of its options.
NodeRun run_node(const std::string& address, const std::string& path, const Program::Arguments& steps,
                 const std::string& options = {}) {
  const TempDir dir;
  const std::string package = source_path("build/npm-test/node_modules/ws");
  const std::string shown = dir.file("shown");
  Program::Arguments arguments{source_path("tests/system/node_terminal.js"), package,
                               "ws://" + address + path, R"({"shown":")" + shown + "\"" + options + "}"};
  arguments.insert(arguments.end(), steps.begin(), steps.end());
  Program client("/usr/bin/env", [&] {
    arguments.insert(arguments.begin(), "node");
    return arguments;
  }());
  const int code = client.wait();
  return {.code = code, .told = client.output(), .shown = read_file(shown)};
}

NodeRun run_node(const TerminalScene& scene, const Program::Arguments& steps,
                 const std::string& options = {}) {
  return run_node(scene.server.address(), scene.path(), steps, options);
}

// Every byte after every other one: NUL, control characters, what is no UTF-8.
std::string all_pairs_of_bytes() {
  std::string bytes;
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; second += 9)
      bytes += {static_cast<char>(first), static_cast<char>(second)};
  return bytes;
}

}  // namespace

TEST_CASE("Node's client gets each byte of a program's pipes as it was typed, whole or in fragments",
          "[system]") {
  TerminalScene scene;
  const std::string bytes = all_pairs_of_bytes();
  const std::string file = scene.dir.write("typed", bytes);
  for (const std::string verb : {"type:", "parts:"}) {
    scene.start(R"({"stdin":true,"cmd":"cat"})");
    const NodeRun run = run_node(scene, {verb + file, R"(order:{"type":"eof"})", "news:exit", "end:"});
    INFO(run.told);
    CHECK(run.code == 0);
    CHECK(run.told.find(R"("code":0)") != std::string::npos);
    CHECK(run.told.ends_with("closed 1000\n"));
    CHECK(run.shown == bytes);
  }
}

TEST_CASE("Node's client gets each byte of a raw terminal as it was typed", "[system]") {
  TerminalScene scene;
  const std::string bytes = all_pairs_of_bytes();
  scene.start(R"({"terminal":{"rows":24,"cols":80},"cmd":"stty raw -echo; echo ready; exec cat"})");
  const std::size_t all = bytes.size() + std::string_view("ready\n").size();
  const NodeRun run = run_node(scene, {"shown:ready\n", "type:" + scene.dir.write("typed", bytes),
                                       "shown-bytes:" + std::to_string(all)});
  INFO(run.told);
  CHECK(run.code == 0);
  CHECK(run.shown == "ready\n" + bytes);
}

TEST_CASE("Node's client changes the size of a terminal and is told how its shell ended", "[system]") {
  TerminalScene scene;
  scene.start_shell();
  const NodeRun run = run_node(scene, {"news:hello", R"(order:{"type":"resize","rows":50,"cols":132})",
                                       "type:" + scene.dir.write("typed", "stty size\rexit 7\r"),
                                       "shown:50 132\r\n", "news:exit", "end:"});
  INFO(run.told);
  CHECK(run.code == 0);
  CHECK(run.told.find(R"("code":7)") != std::string::npos);
  CHECK(run.told.ends_with("closed 1000\n"));
}

TEST_CASE("Node's client is refused a terminal in the name of a foreign page", "[system]") {
  TerminalScene scene;
  scene.start_shell();
  const NodeRun foreign = run_node(scene, {"news:hello"}, R"(,"origin":"http://elsewhere.example")");
  CHECK(foreign.code == 3);
  CHECK(foreign.told == "refused 403\n");
  const std::string own = "http://" + scene.server.address();
  CHECK(run_node(scene, {"news:hello"}, R"(,"origin":")" + own + "\"").code == 0);
}

TEST_CASE("Node's client needs its token in the header and not in the address", "[system]") {
  Guarded guarded;
  AgentProgram agent(guarded.server.address(), "exec-1", "basic.token = enroll-secret-no-1\n",
                     kExecAgentProgram);
  agent.wait_for_session();
  HttpClient http = guarded.client("api-secret-num-1");
  const std::string body =
      http.request("POST", "/api/exec/exec-1/run", {}, R"({"stdin":true,"cmd":"cat"})").body;
  const std::string path = "/api/exec/exec-1/tasks/" + json_at(body, "payload.id") + "/terminal";
  const auto run = [&](const std::string& query, const std::string& options) {
    return run_node(guarded.server.address(), path + query, {"news:hello"}, options);
  };
  INFO(body);
  CHECK(run("", "").told == "refused 401\n");
  CHECK(run("?token=api-secret-num-1", "").told == "refused 401\n");
  CHECK(run("?access_token=api-secret-num-1", "").told == "refused 401\n");
  CHECK(run("", R"(,"headers":{"Authorization":"Bearer api-secret-num-11"})").told == "refused 401\n");
  CHECK(run("", R"(,"headers":{"Authorization":"Bearer api-secret-num-1"})").code == 0);
}
