#include <algorithm>
#include <catch2/catch.hpp>
#include <future>

#include "commands/command_run.hpp"
#include "net/spawn.hpp"
#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::come_as;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;
using test::say_and_end;
using test::ScriptedAgent;
using test::stable;
using test::stay_silent;
using test::wait_until;

TEST_CASE("A command answers with its code and its output", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("hello\r\n", 3));
  const std::string body = run_command(server, R"({"cmd":"echo","args":["hello"],"timeout":5})");
  CHECK(json_at(body, "code") == "200");
  CHECK(json_at(body, "payload.pid") == "4711");
  CHECK(json_at(body, "payload.result.running") == "false");
  CHECK(json_at(body, "payload.result.code") == "3");
  CHECK(json_at(body, "payload.result.data") == "aGVsbG8NCg==");
  const ExecCall call = agent.wait_for_call();
  CHECK(call.exec.cmd == "echo");
  CHECK(call.exec.args == std::vector<std::string>{"hello"});
  CHECK(call.exec.timeout == 5);
}

TEST_CASE("A command without output has no data member, and without a timeout 60 s", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  const std::string body = run_command(server, R"({"cmd":"true","timeout":-4})");
  CHECK(json_at(body, "payload.result.code") == "0");
  CHECK(body.find("\"data\"") == std::string::npos);
  CHECK(agent.wait_for_call().exec.timeout == 60);
}

TEST_CASE("A command's timeout may be of any size", "[server]") {
  const std::string timeout = GENERATE("10000000000", "9223372036854775807");
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) { self.started(call.tid); });
  auto reply = std::async(std::launch::async,
                          [&] { return run_command(server, R"({"cmd":"x","timeout":)" + timeout + "}"); });
  const ExecCall call = agent.wait_for_call();
  CHECK(call.exec.timeout == 1'000'000'000);
  wait_until("the start", [&] {
    return json_at(server.get("/api/exec/x-1/tasks/" + call.tid).body, "payload.state") == "running";
  });
  agent.done(call.tid, 3, 2);
  CHECK(json_at(reply.get(), "payload.result.code") == "3");
}

TEST_CASE("Commands that cannot be are refused in the original's words", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  CHECK(stable(run_command(server, "")) == R"({"code":400,"msg":"bad param: EOF"})");
  CHECK(stable(run_command(server, "{}")) == R"({"code":400,"msg":"Missing [cmd]"})");
  CHECK(json_at(run_command(server, "[1"), "code") == "400");
  CHECK(json_at(run_command(server, R"({"cmd":7})"), "code") == "400");
  CHECK(stable(run_command(server, R"({"cmd":"x"})", "nobody")) ==
        R"({"code":404,"msg":"not found: agent"})");
  CHECK(agent.count_calls() == 0);

  ScriptedAgent other(server.port, come_as("m-1", "metrics-agent"), stay_silent);
  CHECK(stable(run_command(server, R"({"cmd":"x"})", "m-1")) ==
        R"({"code":424,"msg":"invalid agent type want [exec-agent] got [metrics-agent]"})");
}

TEST_CASE("A command that the agent cannot start is 503 with its text", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) {
    self.say(agent::encode_message(agent::wire::Execd{.ok = false, .msg = "no user set"}, call.tid, 1));
  });
  CHECK(stable(run_command(server, R"({"cmd":"x","auth":"sudo"})")) == R"({"code":503,"msg":"no user set"})");
}

TEST_CASE("A command that the agent refuses without a text is 503 without one", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) {
    self.say(R"({"type":0,"tid":")" + call.tid + R"("})");
  });
  CHECK(stable(run_command(server, R"({"cmd":"x"})")) == R"({"code":503})");
}

TEST_CASE("More commands of an agent than may be at once are 429, until one has ended", "[server]") {
  server::CommandTableOptions options;
  options.agent_limit = 2;
  ApiServer server(100, test::shards(), options);
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) { self.started(call.tid); });
  const std::string order = R"({"cmd":"x","result":false})";
  const std::string first = json_at(run_command(server, order), "payload.id");
  CHECK(json_at(run_command(server, order), "code") == "200");

  const test::HttpReply refused = server.request("POST", "/api/exec/x-1/run", {}, order);
  CHECK(refused.status == 429);
  CHECK_THAT(refused.head, Catch::Contains("Retry-After: 1\r\n"));
  CHECK(stable(refused.body) == R"({"code":429,"msg":"too many commands of this agent are in progress"})");
  CHECK(agent.count_calls() == 2);

  agent.done(first, 0, 2);
  wait_until("room", [&] { return json_at(run_command(server, order), "code") == "200"; });
}

TEST_CASE("An agent that runs as many commands as it may makes 429", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) {
    const agent::wire::Execd refused{.ok = false, .msg = "all are busy", .time = {}, .too_many = true};
    self.say(agent::encode_message(refused, call.tid, 1));
  });
  const test::HttpReply reply = server.request("POST", "/api/exec/x-1/run", {}, R"({"cmd":"x"})");
  CHECK(reply.status == 429);
  CHECK_THAT(reply.head, Catch::Contains("Retry-After: 1\r\n"));
  CHECK(stable(reply.body) == R"({"code":429,"msg":"all are busy"})");
}

TEST_CASE("The words of a refusal alone never make 429", "[server]") {
  const bool as_error = GENERATE(false, true);
  ApiServer server;
  FakeExecAgent agent(server.port, [as_error](const ExecCall& call, FakeExecAgent& self) {
    const agent::wire::Execd refused{.ok = false, .msg = "too many commands are running", .time = {}};
    self.say(as_error ? agent::encode_error(refused.msg, call.tid)
                      : agent::encode_message(refused, call.tid, 1));
  });
  const test::HttpReply reply = server.request("POST", "/api/exec/x-1/run", {}, R"({"cmd":"x"})");
  CHECK(json_at(reply.body, "code") == "503");
  CHECK_THAT(reply.head, !Catch::Contains("Retry-After"));
}

TEST_CASE("What is neither sudo nor su is refused, and runs as nobody", "[server]") {
  const std::string auth = GENERATE("doas", "sudoo", "SUD", " su", "none", "root");
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  CHECK(stable(run_command(server, R"({"cmd":"x","user":"me","auth":")" + auth + R"("})")) ==
        R"({"code":400,"msg":"bad param: auth: neither sudo nor su"})");
  CHECK(agent.count_calls() == 0);
  CHECK(json_at(run_command(server, R"({"cmd":"x","user":"me","auth":"Sudo"})"), "code") == "200");
  CHECK(agent.wait_for_call().exec.auth == "Sudo");
}

TEST_CASE("Keys that nobody knows are named in a header, also of a failure", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  auto header_of = [&server](const std::string& body) {
    const std::string head = server.request("POST", "/api/exec/x-1/run", {}, body).head;
    const std::string name = "X-Ignored-Keys: ";
    const std::size_t begin = head.find(name);
    return begin == std::string::npos
               ? std::string()
               : head.substr(begin + name.size(), head.find("\r\n", begin) - begin - name.size());
  };
  CHECK(header_of(R"({"cmd":"x","timeout":3})").empty());
  CHECK(header_of(R"({"cmd":"x","tiemout":3,"shell":"bash"})") == "tiemout;nearest=timeout, shell");
  CHECK(header_of(R"({"cmdd":"x"})") == "cmdd;nearest=cmd");
  CHECK(header_of(R"({"cmd":"x","user":"me","pass":"p"})") == "user, pass");
  CHECK(header_of(R"({"cmd":"x","user":"me","pass":"p","auth":"su"})").empty());
}

TEST_CASE("An original may send the end ahead of its last output", "[server]") {
  ApiServer server;
  FakeExecAgent::Options original;
  original.acknowledges = false;
  FakeExecAgent agent(server.port, original, [](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid);
    self.done(call.tid, 0, 0);
    self.output(call.tid, "tail", 0);
  });
  CHECK(json_at(run_command(server, R"({"cmd":"x"})"), "payload.result.data") == "dGFpbA==");
}

TEST_CASE("A command that is not waited for is found by its pid", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid, 99);
    self.output(call.tid, "first ", 2);
  });
  const std::string begun = run_command(server, R"({"cmd":"x","result":false})");
  const std::string tid = json_at(begun, "payload.id");
  CHECK(json_at(begun, "payload.pid") == "99");
  CHECK(begun.find("\"result\"") == std::string::npos);

  std::string got;
  wait_until("the first output", [&] {
    got += server.get("/api/exec/x-1/pty/99").body;
    return got == "first ";
  });
  CHECK(json_at(server.get("/api/exec/x-1/status/99").body, "payload.done") == "false");
  CHECK(json_at(server.get("/api/exec/x-1/ps").body, "payload.0.task_id") == tid);

  agent.output(tid, "second", 3);
  agent.done(tid, 7, 4);
  wait_until("the end",
             [&] { return json_at(server.get("/api/exec/x-1/status/99").body, "payload.done") == "true"; });
  CHECK(server.get("/api/exec/x-1/pty/99").body == "second");
  CHECK(server.get("/api/exec/x-1/pty/99").body.empty());
  CHECK(json_at(server.get("/api/exec/x-1/status/99").body, "payload.code") == "7");
  CHECK(server.get("/api/exec/x-1/ps").body.find(R"("payload":null)") != std::string::npos);
}

TEST_CASE("The type of what a terminal shows is found out", "[server]") {
  ApiServer server;
  const bool is_text = GENERATE(true, false);
  const std::string bytes = is_text ? "text\r\n" : std::string("\0\1\2", 3);
  FakeExecAgent agent(server.port, say_and_end(bytes, 0));
  run_command(server, R"({"cmd":"x","result":false})");
  test::HttpReply reply;
  wait_until("the output", [&] {
    reply = server.get("/api/exec/x-1/pty/4711");
    return reply.body == bytes;
  });
  CHECK(reply.head.find(is_text ? "Content-Type: text/plain; charset=utf-8"
                                : "Content-Type: application/octet-stream") != std::string::npos);
  CHECK(reply.head.find("X-Output-Truncated: false") != std::string::npos);
}

TEST_CASE("What nobody knows is not found", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  CHECK(stable(server.get("/api/exec/x-1/status/5").body) == R"({"code":404,"msg":"not found: pid"})");
  CHECK(stable(server.get("/api/exec/nobody/status/5").body) == R"({"code":404,"msg":"not found: agent"})");
  CHECK(server.get("/api/exec/x-1/pty/5").body == "task not found");
  CHECK(server.get("/api/exec/nobody/pty/5").body == "agent not found");
  CHECK(json_at(server.get("/api/exec/x-1/pty/abc").body, "code") == "400");
  CHECK(json_at(server.get("/api/exec/x-1/ps").body, "payload") == "[]");
  CHECK(stable(server.get("/api/exec/x-1/tasks/none").body) == R"({"code":404,"msg":"not found: task"})");
  CHECK(stable(server.get("/api/exec/nobody/tasks/none").body) == R"({"code":404,"msg":"not found: agent"})");
  CHECK(server.get("/api/exec/x-1/tasks/none/output").body == "task not found");
  CHECK(server.get("/api/exec/nobody/tasks/none/output").body == "agent not found");
}

TEST_CASE("A kill reaches the agent", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, nullptr);
  CHECK(stable(server.request("DELETE", "/api/exec/x-1/kill/31").body) == R"({"code":200})");
  wait_until("the kill", [&] { return agent.kills() == std::vector<std::int64_t>{31}; });
  CHECK(stable(server.request("DELETE", "/api/exec/nobody/kill/31").body) ==
        R"({"code":404,"msg":"not found: agent"})");
}

TEST_CASE("A kill of what does not run is not found, where agents say so", "[server]") {
  ApiServer server;
  FakeExecAgent::Options options;
  options.answers_kills = true;
  FakeExecAgent agent(server.port, options, nullptr);
  CHECK(stable(server.request("DELETE", "/api/exec/x-1/kill/31").body) ==
        R"({"code":404,"msg":"not found: pid"})");
  CHECK(stable(server.request("DELETE", "/api/exec/x-1/kill/4711").body) == R"({"code":200})");
  CHECK(agent.kills() == std::vector<std::int64_t>{31, 4711});
  const std::string log = server.text_of("audit.log");
  CHECK(log.find(R"("what":"pid 31","result":"not found")") != std::string::npos);
  CHECK(log.find(R"("what":"pid 4711","result":"sent")") != std::string::npos);
}

TEST_CASE("A command that its agent has ended says so", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid);
    self.done(call.tid, -1, 2, "the agent was stopped");
  });
  const std::string body = run_command(server, R"({"cmd":"x"})");
  CHECK(json_at(body, "payload.result.code") == "-1");
  CHECK(json_at(body, "payload.result.reason") == "the agent was stopped");
  const std::string tid = json_at(run_command(server, R"({"cmd":"x","result":false})"), "payload.id");
  wait_until("the end", [&] {
    return json_at(server.get("/api/exec/x-1/tasks/" + tid).body, "payload.state") == "done";
  });
  CHECK(json_at(server.get("/api/exec/x-1/tasks/" + tid).body, "payload.reason") == "the agent was stopped");
}

TEST_CASE("A command that agents do not take is refused, and its agent stays", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  std::string cmd;
  for (int i = 0; i < 6'000'000; ++i) cmd += "\\b";  // each is six bytes on the wire
  CHECK(json_at(run_command(server, R"({"cmd":")" + cmd + R"("})"), "code") == "413");
  CHECK(agent.count_calls() == 0);
  CHECK(json_at(run_command(server, R"({"cmd":"true"})"), "payload.result.code") == "0");
}

TEST_CASE("Each short command leaves one line in the audit log, without its password", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 4));
  run_command(server, R"({"cmd":"login --password=hunter22","auth":"su","user":"me","pass":"secret99"})");
  server.request("DELETE", "/api/exec/x-1/kill/31");
  const std::string log = server.text_of("audit.log");
  CHECK(std::count(log.begin(), log.end(), '\n') == 2);
  CHECK(log.find(R"("action":"exec")") != std::string::npos);
  CHECK(log.find(R"("action":"exec_end")") == std::string::npos);
  CHECK(log.find(R"("result":"code 4")") != std::string::npos);
  CHECK(log.find(R"("action":"kill")") != std::string::npos);
  CHECK(log.find(R"("agent":"x-1")") != std::string::npos);
  CHECK(log.find("hunter22") == std::string::npos);
  CHECK(log.find("secret99") == std::string::npos);
}

TEST_CASE("The audit log shows that a command is longer than its line", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  run_command(server, R"({"cmd":"echo )" + std::string(2000, 'x') + R"(","args":["--password","hunter22"]})");
  const std::string log = server.text_of("audit.log");
  CHECK(log.find("xxx\u2026(+996 bytes)\"") != std::string::npos);
  CHECK(log.find("hunter22") == std::string::npos);
}

TEST_CASE("A command whose end nobody reports is -65535, and is killed", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port,
                      [](const ExecCall& call, FakeExecAgent& self) { self.started(call.tid, 31); });
  const std::string body = run_command(server, R"({"cmd":"x","timeout":1})");  // after the grace, too
  CHECK(json_at(body, "code") == "200");
  CHECK(json_at(body, "payload.result.code") == "-65535");
  CHECK(json_at(body, "payload.result.data").empty());
  wait_until("the kill", [&] { return agent.kills() == std::vector<std::int64_t>{31}; });
}

TEST_CASE("A command of which the agent says something strange is -65534", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid);
    self.output(call.tid, "so far", 2);
    self.say(agent::encode_error("the terminal broke", call.tid, 3));
  });
  const std::string body = run_command(server, R"({"cmd":"x"})");
  CHECK(json_at(body, "payload.result.code") == "-65534");
  CHECK(json_at(body, "payload.result.reason") == "the terminal broke");
  CHECK(json_at(body, "payload.result.data") == "c28gZmFy");
}

namespace {

struct Run {
  server::CommandResult result;
  server::CommandRecord record;
};
using Ended = std::promise<Run>;

agent::Task<> run_for(server::CommandTable* commands, server::CommandOrder order, Ended* ended) {
  server::GivenCommand given = server::give_command(*commands, std::move(order));
  const std::shared_ptr<server::Command> command =
      co_await server::start_command(commands, std::move(given.delivery));
  server::Delivery delivery(command);
  server::CommandResult result = co_await server::finish_command(command);
  delivery.deliver(result);
  Run run{std::move(result), command->record()};
  ended->set_value(std::move(run));
}

}  // namespace

TEST_CASE("A command runs for callers that are no HTTP clients", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("hello\n", 3));
  server::CommandOrder order;
  order.session = server.hub().find("x-1");
  order.caller = {.who = "cluster", .from = "127.0.0.9"};
  order.exec.cmd = "echo";
  order.exec.args = {"hello"};
  agent::net::Loop& loop = order.session->home().loop();
  Ended ended;
  agent::net::spawn(loop, run_for(&server.api().commands(), order, &ended), "test");
  const Run run = ended.get_future().get();
  CHECK(run.result.code == 3);
  CHECK(run.result.data == "aGVsbG8K");
  CHECK(run.record.command == "echo hello");
  CHECK(run.record.owner == "cluster");
  CHECK(run.record.from == "127.0.0.9");
}
