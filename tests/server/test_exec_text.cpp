// POST /api/exec/{id}/run with Accept: text/plain.
#include <catch2/catch.hpp>
#include <string>

#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"

using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::RawClient;

namespace {

// A request whose connection ends with its answer; that still has chunks, for the trailers.
std::string request_of(const std::string& body, const std::string& agent = "x-1",
                       const std::string& version = "1.1") {
  return "POST /api/exec/" + agent + "/run HTTP/" + version +
         "\r\nHost: x\r\nConnection: close\r\nAccept: text/plain\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string answer(ApiServer& server, const std::string& request) {
  RawClient client(server.port);
  client.send(request);
  return client.read_all();
}

void run_to_end(const ExecCall& call, FakeExecAgent& self) {
  self.started(call.tid);
  self.output(call.tid, "hello\n", 2);
  self.done(call.tid, 7, 3);
}

}  // namespace

TEST_CASE("A command's output comes as text, and its exit code behind it", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, run_to_end);
  const std::string text = answer(server, request_of(R"({"cmd":"x"})"));
  CHECK(text.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(text.find("\r\nContent-Type: text/plain; charset=utf-8\r\n") != std::string::npos);
  CHECK(text.find("\r\nTrailer: X-Exit-Code, ") != std::string::npos);
  CHECK(text.find("\r\nX-Task-Id: ") != std::string::npos);
  CHECK(text.ends_with("\r\n\r\n6\r\nhello\n\r\n0\r\nX-Exit-Code: 7\r\n\r\n"));
}

TEST_CASE("A command's text comes before the command has ended", "[server]") {
  ApiServer server;
  std::string tid;
  FakeExecAgent agent(server.port, [&tid](const ExecCall& call, FakeExecAgent& self) {
    tid = call.tid;
    self.started(call.tid);
    self.output(call.tid, "early", 2);
  });
  RawClient client(server.port);
  client.send(request_of(R"({"cmd":"x"})"));
  client.read_until("early");
  agent.output(tid, "late", 3);
  agent.done(tid, 0, 4);
  const std::string rest = client.read_all();
  CHECK(rest.find("late") != std::string::npos);
  CHECK(rest.ends_with("0\r\nX-Exit-Code: 0\r\n\r\n"));
}

TEST_CASE("A client of HTTP/1.0 gets the text of a command without trailers", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, run_to_end);
  const std::string text = answer(server, request_of(R"({"cmd":"x"})", "x-1", "1.0"));
  CHECK(text.ends_with("\r\n\r\nhello\n"));
}

TEST_CASE("What keeps a command from starting is text with its own status", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, run_to_end);
  CHECK(answer(server, request_of(R"({"cmd":"x"})", "nobody")).starts_with("HTTP/1.1 404 "));
  const std::string wrong = answer(server, request_of("{}"));
  CHECK(wrong.starts_with("HTTP/1.1 400 "));
  CHECK(wrong.find("\r\nContent-Type: text/plain; charset=utf-8\r\n") != std::string::npos);
}

TEST_CASE("A command that nobody waits for is answered with its id as text", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, run_to_end);
  const std::string text = answer(server, request_of(R"({"cmd":"x","result":false})"));
  const std::string id = text.substr(text.find("\r\n\r\n") + 4);
  CHECK(id.ends_with("\n"));
  const std::string path = "/api/exec/x-1/tasks/" + id.substr(0, id.size() - 1);
  CHECK(json_at(server.get(path).body, "code") == "200");
}

TEST_CASE("A client that takes JSON, too, gets JSON", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, run_to_end);
  std::string request = request_of(R"({"cmd":"x"})");
  request.replace(request.find("text/plain"), 10, "text/plain, application/json, */*");
  CHECK(answer(server, request).find(R"("code":7)") != std::string::npos);
}
