// agentctl in a real terminal: what stands on the screen of a person, line for line.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/fault_proxy.hpp"
#include "tests/support/tmux_screen.hpp"
#include "tests/system/ctl_scene.hpp"

using namespace test;
namespace fs = std::filesystem;

namespace {

struct Desk : CtlScene {
  Desk() : agent(server.address(), "exec-1", "", kExecAgentProgram) { server.wait_for_agent("exec-1"); }
  AgentProgram agent;
};

// Two machines: what is run on both goes one after the other, so that the lines have one order.
struct TwoMachines : Desk {
  TwoMachines() : second(server.address(), "exec-2", "", kExecAgentProgram) {
    server.wait_for_agent("exec-2");
  }
  AgentProgram second;
};

// A way to the server on which a large file takes its time.
struct SlowWay : Desk {
  SlowWay() : proxy(server.port()) {
    FaultPlan plan;
    plan.delay = std::chrono::milliseconds(10);
    proxy.set_plan(plan);
    std::ofstream(dir.file("large")) << std::string(12 << 20, 'x');
  }
  std::string setup() const { return line("export AGENTCTL_URL=http://" + proxy.address()); }
  FaultProxy proxy;
};

}  // namespace

TEST_CASE("A table of agents ends at the edge of the screen", "[system]") {
  const TwoMachines machines;
  const TmuxScreen screen(machines.line(":"), 40, 8);
  screen.type("agentctl agents\r");
  screen.wait_for(R"(
$ agentctl agents
ID      TYPE        VERSION  OS     IP
exec-1  exec-agent  1.2.3    linux  127…
exec-2  exec-agent  1.2.3    linux  127…
$)");
  CHECK(screen.colored_text().find('\x1b') == std::string::npos);
}

TEST_CASE("A run on several machines shows prefixes in colour and a table that fits", "[system]") {
  const TwoMachines machines;
  const TmuxScreen screen(machines.line(":"), 60, 14);
  screen.type("agentctl run --all --parallel 1 -- 'echo hello; exit 3'\r");
  screen.wait_for(R"(
$ agentctl run --all --parallel 1 -- 'echo hello; exit 3'
exec-1: hello
exec-2: hello
AGENT   RESULT  CODE  TIME  TASK                           …
exec-1  failed  3     0.0s  20260101-00001-0123456789abcdef…
exec-2  failed  3     0.0s  20260101-00001-0123456789abcdef…
2 failed
$)");
  CHECK(screen.colored_text().find("mexec-1:\x1b[0m") != std::string::npos);
  // The table is on the terminal also when the data goes elsewhere.
  screen.type("clear; agentctl run --all --parallel 1 -- echo hello | sort -r\r");
  screen.wait_for(R"(
AGENT   RESULT  CODE  TIME  TASK                           …
exec-1  ok      0     0.0s  20260101-00001-0123456789abcdef…
exec-2  ok      0     0.0s  20260101-00001-0123456789abcdef…
2 ok
exec-2: hello
exec-1: hello
$)");
  CHECK(screen.colored_text().find('\x1b') == std::string::npos);
}

TEST_CASE("A screen tells what Ctrl-C does to a command", "[system]") {
  const Desk desk;
  const TmuxScreen screen(desk.line(":"), 80, 10);
  screen.type("agentctl run -a exec-1 -- 'echo begun; sleep 1000'\r");
  screen.wait_for_part("\nbegun");
  screen.type("\x03");
  screen.wait_for(R"(
$ agentctl run -a exec-1 -- 'echo begun; sleep 1000'
begun
^C
asked the command to end; Ctrl-C again leaves it running
agentctl: exec-1: failed: killed: signal 9 (Killed)
$)");
}

TEST_CASE("A screen tells how to come back after Ctrl-C twice", "[system]") {
  Desk desk;
  const TmuxScreen screen(desk.line(":"), 80, 10);
  screen.type("agentctl run -a exec-1 -- 'echo begun; sleep 1000'\r");
  screen.wait_for_part("\nbegun");
  desk.agent.program().signal(SIGSTOP);  // it cannot be ended now
  screen.type("\x03");
  screen.wait_for_part("Ctrl-C again");
  screen.type("\x03");
  screen.wait_for(R"(
$ agentctl run -a exec-1 -- 'echo begun; sleep 1000'
begun
^C
asked the command to end; Ctrl-C again leaves it running
^C
left running: agentctl follow exec-1/20260101-00001-0123456789abcdef
$)");
  desk.agent.program().signal(SIGCONT);
}

TEST_CASE("A layout that is watched leaves its table alone on the screen", "[system]") {
  const Desk desk;
  desk.dir.write("x.sh", "#!/bin/sh\nuntil [ -e \"$1\" ]; do sleep 0.05; done\n");
  const TmuxScreen screen(desk.line(":"), 80, 10);
  screen.type("agentctl layout run $DIR/x.sh --group exec-1 -- $DIR/go | tee $DIR/id\r");
  screen.wait_for_prompt();
  screen.type("clear; agentctl layout status $(cat $DIR/id) --watch\r");
  screen.wait_for("group 1: 0 of 1 done");
  desk.dir.write("go", "");
  screen.wait_for(R"(
AGENT   GROUP  STATUS  CODE  TASK                             ERROR
exec-1      1  done       0  20260101-00001-0123456789abcdef  -
$)");
}

TEST_CASE("The progress of a copy leaves nothing on the screen", "[system]") {
  const SlowWay way;
  const TmuxScreen screen(way.setup(), 80, 8);
  screen.type("agentctl cp exec-1:$DIR/large $DIR/got\r");
  screen.wait_for_part(" MiB of 12.0 MiB  ");
  screen.wait_for_part("/s  0:0");
  screen.wait_for(R"(
$ agentctl cp exec-1:$DIR/large $DIR/got
$)");
  screen.type("agentctl cp $DIR/large exec-1:$DIR/there\r");
  screen.wait_for_part(" MiB of 12.0 MiB  ");
  screen.wait_for(R"(
$ agentctl cp exec-1:$DIR/large $DIR/got
$ agentctl cp $DIR/large exec-1:$DIR/there
$)");
  CHECK(read_file(way.dir.file("got")) == read_file(way.dir.file("there")));
}

TEST_CASE("A copy that is interrupted leaves nothing of its progress on a narrow screen", "[system]") {
  const SlowWay way;
  fs::create_directory(way.dir.file("in"));
  const TmuxScreen screen(way.setup(), 30, 8);
  screen.type("agentctl cp exec-1:$DIR/large $DIR/in\r");
  screen.wait_for_part("MiB of 12.0 M");
  screen.type("\x03");
  screen.wait_for(R"(
$ agentctl cp exec-1:$DIR/larg
e $DIR/in
$)");
  CHECK(fs::is_empty(way.dir.file("in")));
}

TEST_CASE("A wrong command line is told in one line with where to read on", "[system]") {
  const Desk desk;
  const TmuxScreen screen(desk.line(":"), 80, 8);
  screen.type("agentctl attach one two\r");
  screen.wait_for(R"(
$ agentctl attach one two
agentctl: TASK: want at most 1, got 2
  `agentctl attach --help` says what there is
$)");
}
