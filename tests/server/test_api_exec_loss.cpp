#include <catch2/catch.hpp>
#include <future>
#include <memory>

#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/ask_loop.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/stable.hpp"

// Commands whose agent, client or server goes away.

using test::ApiServer;
using test::ask_loop;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;
using test::say_and_end;
using test::stable;
using test::wait_until;

TEST_CASE("A command goes on where it stopped when its agent comes back", "[server]") {
  ApiServer server;
  FakeExecAgent first(server.port, [](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid, 12);
    self.output(call.tid, "one ", 2);
  });
  const std::string tid = json_at(run_command(server, R"({"cmd":"x","result":false})"), "payload.id");
  const std::string show = "/api/exec/x-1/tasks/" + tid;
  first.leave();
  wait_until("the loss", [&] { return json_at(server.get(show).body, "payload.state") == "away"; });

  FakeExecAgent::Options back;
  back.held = {{tid, 1, 4}};
  FakeExecAgent second(server.port, back, nullptr);
  wait_until("the return", [&] { return json_at(server.get(show).body, "payload.state") == "running"; });
  wait_until("the first acknowledgement", [&] { return !second.acks(tid).empty(); });
  CHECK(second.acks(tid).front().have == 2);  // it need not send these again, and does
  second.started(tid, 12, 1);
  second.output(tid, "one ", 2);
  second.output(tid, "two", 3);
  second.done(tid, 0, 4);
  wait_until("the end", [&] { return json_at(server.get(show).body, "payload.state") == "done"; });
  CHECK(server.get(show + "/output").body == "one two");
  wait_until("the acknowledgement", [&] { return second.acknowledged(tid) == 4; });
}

TEST_CASE("A command that an agent came back without is lost and says why", "[server]") {
  ApiServer server;
  auto first = std::make_unique<FakeExecAgent>(
      server.port, [](const ExecCall& call, FakeExecAgent& self) { self.started(call.tid, 12); });
  const std::string tid = json_at(run_command(server, R"({"cmd":"x","result":false})"), "payload.id");
  first->leave();
  FakeExecAgent::Options other;
  other.instance = "i-2";
  FakeExecAgent second(server.port, other, nullptr);
  const std::string show = "/api/exec/x-1/tasks/" + tid;
  wait_until("the verdict", [&] { return json_at(server.get(show).body, "payload.state") == "lost"; });
  CHECK(json_at(server.get(show).body, "payload.code") == "-65533");
  CHECK(json_at(server.get(show).body, "payload.reason") == "the agent came back without it");
  CHECK(second.count_calls() == 0);
}

TEST_CASE("A command that never reached its agent is given to it again, once", "[server]") {
  ApiServer server;
  auto first = std::make_unique<FakeExecAgent>(server.port, nullptr);  // it gets the command and forgets it
  auto reply =
      std::async(std::launch::async, [&] { return run_command(server, R"({"cmd":"x","timeout":20})"); });
  const std::string tid = first->wait_for_call().tid;
  first->leave();
  FakeExecAgent second(server.port, say_and_end("done", 0));
  CHECK(json_at(reply.get(), "payload.result.data") == "ZG9uZQ==");
  CHECK(second.count_calls() == 1);
  CHECK(second.wait_for_call().tid == tid);
}

TEST_CASE("A command that its agent leaves at is not given to it for ever", "[server]") {
  ApiServer server;
  auto agent = std::make_unique<FakeExecAgent>(server.port, nullptr);
  auto answer = std::async(std::launch::async, [&] { return run_command(server, R"({"cmd":"x"})"); });
  auto is_answered = [&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; };
  int given = 0;
  while (!is_answered()) {
    wait_until("the command, or its end", [&] { return agent->count_calls() > 0 || is_answered(); });
    given += static_cast<int>(agent->count_calls());
    agent->leave();
    agent = std::make_unique<FakeExecAgent>(server.port, nullptr);
  }
  CHECK(given == 1 + server::kGiveAgainLimit);
  CHECK(stable(answer.get()) == R"({"code":500,"msg":"the agent left whenever it was given the command"})");
}

TEST_CASE("A call that the server does not know is over", "[server]") {
  ApiServer server;
  FakeExecAgent::Options back;
  back.held = {{"20260101-00001-0000000000000000", 3, 9}};
  FakeExecAgent agent(server.port, back, nullptr);
  wait_until("the answer", [&] { return agent.acks("20260101-00001-0000000000000000").size() == 1; });
  CHECK(agent.acks("20260101-00001-0000000000000000")[0].over);
}

namespace {

const std::string kRun =
    "POST /api/exec/x-1/run HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 11\r\n\r\n{\"cmd\":\"x\"}";

// Started, but for what the test does itself.
FakeExecAgent::Run start_as(std::int64_t pid) {
  return [pid](const ExecCall& call, FakeExecAgent& self) { self.started(call.tid, pid); };
}

void wait_for_record(const ApiServer& server, const std::string& tid) {
  wait_until("its record",
             [&] { return server.text_of("tasks/records.db-ring").find(tid) != std::string::npos; });
}

}  // namespace

TEST_CASE("A result whose client has left is kept", "[server]") {
  const bool by_reset = GENERATE(false, true);
  ApiServer server;
  FakeExecAgent agent(server.port, start_as(12));
  test::RawClient client(server.port);
  client.send(kRun);
  const std::string tid = agent.wait_for_call().tid;
  by_reset ? client.reset() : client.close();
  const std::string show = "/api/exec/x-1/tasks/" + tid;
  wait_until("the start", [&] { return json_at(server.get(show).body, "payload.state") == "running"; });
  agent.output(tid, "kept", 2);
  agent.done(tid, 0, 3);
  wait_until("the acknowledgement", [&] { return agent.acknowledged(tid) == 3; });
  CHECK(server.get(show + "/output").body == "kept");
  wait_until("its record's end", [&] { return json_at(server.get(show).body, "payload.state") == "done"; });
}

TEST_CASE("A client that has shut its sending half gets its result, which is kept, too", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, start_as(12));
  test::RawClient client(server.port);
  client.send(kRun);
  client.shut_down();
  const std::string tid = agent.wait_for_call().tid;
  agent.output(tid, "for both", 2);
  agent.done(tid, 0, 3);
  CHECK_THAT(client.read_all(), Catch::Contains(R"("data":"Zm9yIGJvdGg=")"));
  const std::string show = "/api/exec/x-1/tasks/" + tid;
  CHECK(json_at(server.get(show).body, "payload.state") == "done");
  CHECK(server.get(show + "/output").body == "for both");
}

TEST_CASE("A command whose client parts before it has started lasts from then on", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, nullptr);
  test::RawClient client(server.port);
  client.send(kRun);
  client.shut_down();
  const std::string tid = agent.wait_for_call().tid;
  wait_for_record(server, tid);
  agent.started(tid, 12);
  agent.output(tid, "late", 2);
  agent.done(tid, 0, 3);
  CHECK_THAT(client.read_all(), Catch::Contains(R"("data":"bGF0ZQ==")"));
  CHECK(agent.count_calls() == 1);  // it was not given to the agent again
}

TEST_CASE("The agent is told that it may forget a long command whose result was delivered", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port,
                      [](const ExecCall& call, FakeExecAgent& self) { self.started(call.tid, 12); });
  auto reply = std::async(std::launch::async, [&] { return run_command(server, R"({"cmd":"x"})"); });
  const std::string tid = agent.wait_for_call().tid;
  agent.output(tid, "first", 2);
  wait_for_record(server, tid);
  agent.output(tid, "last", 3);
  agent.done(tid, 0, 4);
  CHECK(json_at(reply.get(), "payload.result.data") == "Zmlyc3RsYXN0");
  wait_until("the acknowledgement", [&] { return agent.acknowledged(tid) == 4; });
  CHECK(json_at(server.get("/api/exec/x-1/tasks").body, "payload") == "[]");
}

TEST_CASE("A client that waits for a start when the server ends is told", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, nullptr);
  auto reply = std::async(std::launch::async, [&] { return run_command(server, R"({"cmd":"x"})"); });
  const std::string tid = agent.wait_for_call().tid;
  server.hub().stop();
  CHECK(stable(reply.get()) == R"({"code":503,"msg":"server is stopping"})");
  // It may have got there: nobody says that it has failed.
  CHECK(json_at(server.get("/api/exec/x-1/tasks/" + tid).body, "payload.state") == "away");
}

TEST_CASE("A command whose agent goes away before it is sent has not run", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  const std::shared_ptr<server::Session> session = server.hub().find("x-1");
  server::CommandOrder order;
  order.session = session;
  order.exec.cmd = "x";
  const server::CommandRecord record = ask_loop(session->home().loop(), [&] {
    session->close(1001, "test");  // found all the same, until the other side has answered
    return server.api().commands().create(std::move(order))->record();
  });
  CHECK(record.state == "failed");
  CHECK(record.code == -65534);
  CHECK(record.reason == "agent is gone");
  CHECK(agent.count_calls() == 0);
}

TEST_CASE("A command whose agent vanishes is never a success", "[server]") {
  ApiServer server;
  FakeExecAgent::Options original;
  original.acknowledges = false;
  FakeExecAgent agent(server.port, original, [](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid);
    self.output(call.tid, "so far", 2);
  });
  auto reply = std::async(std::launch::async, [&] { return run_command(server, R"({"cmd":"sleep 9"})"); });
  agent.wait_for_call();
  agent.leave();
  const std::string body = reply.get();
  CHECK(json_at(body, "payload.result.code") == "-65533");
  CHECK(json_at(body, "payload.result.reason") != "");
}
