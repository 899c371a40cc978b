// Input that comes while a command runs, and terminals for people (capability `term`), in the time of the
// test; the commands themselves are real.
#include <agent/base64.hpp>
#include <agent/testing.hpp>
#include <agent/wire/exec.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "tests/examples/timed_exec_agent.hpp"

using agent::TestCall;
using agent::wire::Exec;
using agent::wire::ExecData;
using agent::wire::ExecDone;
using agent::wire::ExecInput;
using agent::wire::ExecTaken;
using agent::wire::TerminalCells;

namespace {

Exec with_input(const std::string& line) {
  Exec exec;
  exec.cmd = line;
  exec.timeout = 600;
  exec.pipes = true;
  exec.input = true;
  return exec;
}

Exec on_terminal(const std::string& line, TerminalCells size = {}) {
  Exec exec = with_input(line);
  exec.pipes = false;
  exec.terminal = size;
  return exec;
}

ExecInput typed(std::uint64_t offset, std::string_view bytes, bool end = false) {
  return {.offset = offset, .data = agent::encode_base64(bytes), .end = end, .size = {}, .signal = {}};
}

template <class T>
std::vector<T> all_of(const TestCall& call) {
  std::vector<T> found;
  for (const std::string& text : call.texts()) {
    const auto envelope = agent::Envelope::parse(text);
    if (envelope.type() == T::message.type) found.push_back(envelope.template payload<T>());
  }
  return found;
}

std::string output_of(const TestCall& call) {
  std::string output;
  for (const ExecData& data : all_of<ExecData>(call)) output += agent::decode_base64(data.data);
  return output;
}

struct ExecAgent : test::TimedExecAgent {
  void wait_for(const TestCall& call, const std::string& text) {
    const bool came = server->wait_until([&] { return output_of(call).find(text) != std::string::npos; });
    CAPTURE(output_of(call), text);
    REQUIRE(came);
  }
  std::int64_t wait_for_end(const TestCall& call) {
    REQUIRE(server->wait_until([&] { return !all_of<ExecDone>(call).empty(); }));
    return all_of<ExecDone>(call).at(0).code;
  }
};

}  // namespace

TEST_CASE("A command gets the input that came with it, and its end", "[examples]") {
  ExecAgent exec;
  Exec sort = with_input("sort");
  sort.input = false;
  sort.first_input = agent::encode_base64("b\na\n");
  const TestCall call = exec.server->call(sort);
  CHECK(exec.wait_for_end(call) == 0);
  CHECK(output_of(call) == "a\nb\n");
}

TEST_CASE("A command reads what is typed while it runs, until the end of its input", "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.server->call(with_input("while read x; do echo got $x; done; echo over"));
  exec.server->send(call, typed(0, "one\n"));
  exec.wait_for(call, "got one\n");
  exec.server->send(call, typed(4, "two\n", true));
  CHECK(exec.wait_for_end(call) == 0);
  CHECK(output_of(call) == "got one\ngot two\nover\n");
}

TEST_CASE("Input that came before the command began is not lost", "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.server->call(with_input("cat"));
  exec.server->send(call, typed(0, "early", true));
  CHECK(exec.wait_for_end(call) == 0);
  CHECK(output_of(call) == "early");
}

TEST_CASE("An agent says how much input it has, and takes no more than a program reads", "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.server->call(with_input("read go; cat | wc -c"));
  const std::string much(agent::wire::kInputWindow, 'x');
  exec.server->send(call, typed(0, much));
  exec.server->send(call, typed(0, {}));
  REQUIRE(exec.server->wait_until([&] { return !all_of<ExecTaken>(call).empty(); }));
  CHECK(all_of<ExecTaken>(call).back().got == much.size());
  REQUIRE(exec.server->wait_until(
      [&] { return all_of<ExecTaken>(call).back().until == much.size() + agent::wire::kInputWindow; }));
  exec.server->send(ExecInput{});  // of no command
  exec.server->send(call, typed(much.size(), "\n"));
  exec.server->send(call, typed(much.size() + 1, "12345", true));
  CHECK(exec.wait_for_end(call) == 0);
  CHECK(output_of(call).find('5') != std::string::npos);
}

TEST_CASE("A session that is lost loses no input and doubles none", "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.server->call(with_input("cat"));
  exec.server->send(call, typed(0, "abc"));
  exec.wait_for(call, "abc");
  exec.server->disconnect();
  exec.server->connect();
  exec.server->send(call, typed(3, {}));
  REQUIRE(exec.server->wait_until([&] { return !all_of<ExecTaken>(call).empty(); }));
  CHECK(all_of<ExecTaken>(call).back().got == 3);
  exec.server->send(call, typed(1, "bcdef", true));
  CHECK(exec.wait_for_end(call) == 0);
  CHECK(output_of(call) == "abcdef");
}

TEST_CASE("A program that closes its input does not hold up who types", "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.server->call(with_input("exec <&-; echo closed; sleep 3600"));
  exec.wait_for(call, "closed");
  exec.server->send(call, typed(0, std::string(100, 'x')));
  REQUIRE(exec.server->wait_until([&] { return !all_of<ExecTaken>(call).empty(); }));
  CHECK(all_of<ExecTaken>(call).back().closed);
  exec.server->send(call, ExecInput{.offset = 100, .data = {}, .end = false, .size = {}, .signal = "TERM"});
  exec.wait_for_end(call);
}

TEST_CASE("A terminal has the size that was asked for, and then the one it is told", "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.server->call(on_terminal(
      "stty size; trap 'stty size' WINCH; echo ready; while read x; do :; done", {.rows = 50, .cols = 132}));
  exec.wait_for(call, "50 132\r\nready");
  exec.server->send(
      call, ExecInput{.offset = 0, .data = {}, .end = false, .size = TerminalCells{24, 80}, .signal = {}});
  exec.wait_for(call, "24 80");
  exec.server->send(call, typed(0, {}, true));
  exec.wait_for_end(call);
}

TEST_CASE("Control-C on a terminal ends what runs in the foreground and not the shell", "[examples]") {
  ExecAgent exec;
  Exec shell = on_terminal("");
  shell.env = {"SHELL=/bin/sh", "ENV="};
  const TestCall call = exec.server->call(shell);
  // A shell that has just begun a program may miss the signal itself; this one is the program already.
  const std::string program = "sh -c 'echo \"be\"gun; exec sleep 3600'\n";
  exec.server->send(call, typed(0, program));
  exec.wait_for(call, "begun");
  exec.server->send(call, typed(program.size(), "\x03"));
  exec.server->send(call, typed(program.size() + 1, "echo sti''ll here; exit 7\n"));
  exec.wait_for(call, "still here");
  CHECK(exec.wait_for_end(call) == 7);
}

TEST_CASE("A terminal without a command is a login shell in the user's home", "[examples]") {
  ExecAgent exec;
  Exec shell = on_terminal("");
  shell.env = {"SHELL=/bin/sh", "HOME=/usr", "ENV="};
  const TestCall call = exec.server->call(shell);
  exec.server->send(
      call, typed(0, "pwd; case $0$- in *i*) echo inter''active;; esac; echo \"pager=$PAGER\"; exit\n"));
  exec.wait_for(call, "/usr\r\n");
  exec.wait_for(call, "interactive");
  exec.wait_for(call, "pager=\r\n");
  CHECK(exec.wait_for_end(call) == 0);
}

TEST_CASE("A signal reaches what runs in the foreground of a terminal", "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.server->call(
      on_terminal("trap 'echo caught; exit 3' INT; echo ready; while :; do sleep 0.1; done"));
  exec.wait_for(call, "ready");
  exec.server->send(call, ExecInput{.offset = 0, .data = {}, .end = false, .size = {}, .signal = "no such"});
  exec.server->send(call, ExecInput{.offset = 0, .data = {}, .end = false, .size = {}, .signal = "INT"});
  exec.wait_for(call, "caught");
  CHECK(exec.wait_for_end(call) == 3);
}

TEST_CASE("A program that closes its terminal keeps running, and its end is reported", "[examples]") {
  ExecAgent exec;
  const TestCall call = exec.server->call(on_terminal("exec </dev/null >/dev/null 2>&1; sleep 0.1; exit 9"));
  exec.server->send(call, typed(0, "typed for nobody\n"));
  CHECK(exec.wait_for_end(call) == 9);
}
