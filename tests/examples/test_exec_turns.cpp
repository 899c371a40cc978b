// How exec-agent's commands wait for each other, in the time of the test; the commands themselves are real.
#include <agent/testing.hpp>
#include <agent/wire/exec.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "examples/exec-agent/commands.hpp"

using agent::TestCall;
using agent::TestServer;
using agent::wire::Exec;
using agent::wire::Execd;
using agent::wire::ExecDone;
using std::chrono::seconds;

namespace {

Exec command(const std::string& line) {
  Exec exec;
  exec.cmd = line;
  exec.timeout = 600;
  exec.pipes = true;
  return exec;
}

// exec-agent but for its files, with one turn.
struct ExecAgent {
  explicit ExecAgent(const std::string& settings = {}) {
    server.emplace(agent, "exec.max_running = 1\nexec.max_waiting = 2\n" + settings);
    REQUIRE(server->wait_until([this] { return agent.connected(); }));
  }
  ~ExecAgent() {
    if (server) server->stop();  // and what still runs
  }
  ExecAgent(const ExecAgent&) = delete;
  ExecAgent& operator=(const ExecAgent&) = delete;

  // Starts a command that ends only by being killed.
  TestCall start_long() {
    const TestCall call = server->call(command("sleep 3600"));
    REQUIRE(server->wait_until([&call] { return call.replies() > 0; }));
    REQUIRE(call.reply<Execd>().ok);
    return call;
  }
  void kill(const TestCall& call) {
    server->send(agent::wire::ExecKill{call.reply<Execd>().pid});
    REQUIRE(server->wait_until([&call] { return call.ended(); }));
  }

  agent::Agent agent{"exec-agent", "1.0.0"};
  Uploads uploads;
  Commands commands{agent, uploads};
  std::optional<TestServer> server;
};

}  // namespace

TEST_CASE("A command whose turn does not come within 50 seconds is refused", "[examples]") {
  ExecAgent exec;
  const TestCall running = exec.start_long();
  const TestCall waiting = exec.server->call(command("true"));
  exec.server->advance(seconds(49));
  CHECK(waiting.replies() == 0);
  exec.server->advance(seconds(1));
  CHECK(waiting.reply<Execd>().msg == "too many commands are running (limit 1)");
  CHECK_FALSE(waiting.reply<Execd>().ok);
  exec.kill(running);
  CHECK(exec.server->metric("exec_started_total") == 1);
  CHECK(exec.server->metric("exec_failed_total") == 1);
}

TEST_CASE("The next command starts when the one before has ended", "[examples]") {
  ExecAgent exec;
  const TestCall running = exec.start_long();
  const TestCall next = exec.server->call(command("exit 3"));
  exec.server->advance(seconds(20));
  CHECK(next.replies() == 0);
  exec.kill(running);
  REQUIRE(exec.server->wait_until([&next] { return next.ended(); }));
  CHECK(next.all<ExecDone>().at(0).code == 3);
}

TEST_CASE("Commands beyond those that may wait are refused at once", "[examples]") {
  ExecAgent exec;
  const TestCall running = exec.start_long();
  exec.server->call(command("true"));
  exec.server->call(command("true"));
  const TestCall fourth = exec.server->call(command("true"));
  CHECK(fourth.reply<Execd>().too_many);
  exec.kill(running);
}
