// exec-agent's short commands in one message (capability `brief`), in the time of the test; the commands
// themselves are real.
#include <agent/base64.hpp>
#include <agent/testing.hpp>
#include <agent/wire/exec.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "tests/examples/timed_exec_agent.hpp"

using agent::TestCall;
using agent::wire::Exec;
using agent::wire::Execd;
using agent::wire::ExecData;
using agent::wire::ExecDone;
using agent::wire::ExecWhole;
using std::chrono::milliseconds;

namespace {

Exec brief(const std::string& line) {
  Exec exec;
  exec.cmd = line;
  exec.timeout = 600;
  exec.pipes = true;
  exec.brief = 30;
  return exec;
}

struct ExecAgent : test::TimedExecAgent {
  TestCall run(const Exec& exec) {
    const TestCall call = server->call(exec);
    REQUIRE(server->wait_until([&call] { return call.ended(); }));
    return call;
  }
};

}  // namespace

TEST_CASE("A short command that may be brief answers in one message", "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.run(brief("echo one; echo two >&2; exit 3"));
  CHECK(call.replies() == 1);
  const ExecWhole whole = call.all<ExecWhole>().at(0);
  CHECK(whole.pid > 1);
  CHECK_FALSE(whole.begin.is_zero());
  CHECK(agent::decode_base64(whole.data) == "one\ntwo\n");
  CHECK(whole.code == 3);
}

TEST_CASE("A command that runs for longer than it may be brief says that it runs, with what it wrote",
          "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.server->call(brief("echo early; sleep 3600"));
  REQUIRE(exec.server->wait_until([&exec] { return exec.server->metric("exec_output_bytes_total") == 6; }));
  CHECK(call.replies() == 0);
  exec.server->advance(milliseconds(30));
  REQUIRE(call.replies() == 2);
  CHECK(call.all<Execd>().at(0).ok);
  CHECK(agent::decode_base64(call.all<ExecData>().at(0).data) == "early\n");
  exec.server->send(agent::wire::ExecKill{call.all<Execd>().at(0).pid});
  REQUIRE(exec.server->wait_until([&call] { return call.ended(); }));
  CHECK(call.all<ExecDone>().at(0).code == -1);
}

TEST_CASE("Output that is not small is sent as it comes", "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.run(brief("head -c 20000 /dev/zero"));
  CHECK(call.all<Execd>().size() == 1);
  std::size_t bytes = 0;
  for (const ExecData& data : call.all<ExecData>()) bytes += agent::decode_base64(data.data).size();
  CHECK(bytes == 20000);
  CHECK(call.all<ExecDone>().size() == 1);
  CHECK(call.all<ExecWhole>().empty());
}

TEST_CASE("A command that cannot start says so at once", "[examples]") {
  ExecAgent exec;
  Exec order = brief("/no/such/program");
  order.argv = true;
  const TestCall call = exec.run(order);
  CHECK_FALSE(call.all<Execd>().at(0).ok);
  CHECK(call.all<ExecWhole>().empty());
}

TEST_CASE("A server that asks for nothing brief gets start, output and end", "[examples]") {
  ExecAgent exec;
  Exec order = brief("echo hi");
  order.brief = 0;
  const TestCall call = exec.run(order);
  CHECK(call.replies() == 3);
  CHECK(call.all<ExecWhole>().empty());
}
