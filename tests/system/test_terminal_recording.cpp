// What is left of a terminal when nobody sits at it any more.
#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>

#include "tests/support/fault_proxy.hpp"
#include "tests/support/terminal_client.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

std::string output_of(const std::string& cast) {
  std::istringstream lines(cast);
  std::string line;
  std::string all;
  while (std::getline(lines, line))
    if (line.starts_with("[") && json_at(line, "1") == "o") all += json_at(line, "2");
  return all;
}

}  // namespace

TEST_CASE("A recording goes on in the next server process, and has each byte once", "[system]") {
  ServerProgram server("tasks.record = true\n");
  AgentProgram agent(server.address(), "exec-1", "", kExecAgentProgram);
  server.wait_for_agent("exec-1");
  HttpClient http = server.client();
  const std::string task =
      json_at(http.request("POST", "/api/exec/exec-1/run", {{"Content-Type", "application/json"}},
                           R"({"cmd":"while read line; do echo \"got $line\"; done",
                               "terminal":{"rows":24,"cols":80}})")
                  .body,
              "payload.id");
  const std::string path = "/api/exec/exec-1/tasks/" + task;
  std::string shown;
  for (int signal : {SIGKILL, SIGTERM, 0}) {
    TerminalClient client(server.port(), path + "/terminal?offset=" + std::to_string(shown.size()));
    shown.resize(std::stoull(json_at(client.wait_for_news("hello"), "offset")));  // less after a SIGKILL
    client.wait_for_news("writer");
    client.type("line " + std::to_string(signal) + "\n");
    client.wait_for("got line " + std::to_string(signal) + "\r\n");
    shown += client.shown();
    if (signal != 0) server.restart(signal);
    if (signal != 0) server.wait_for_agent("exec-1");
  }
  const std::string cast = server.client().request("GET", path + "/recording").body;
  CHECK(output_of(cast) == shown);
  CHECK(json_at(cast.substr(0, cast.find('\n')), "width") == "80");
}
