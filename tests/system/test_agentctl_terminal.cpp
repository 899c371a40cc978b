// agentctl on a terminal: what a person sees and types.
#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "tests/support/places.hpp"
#include "tests/support/terminal_program.hpp"
#include "tests/system/ctl_scene.hpp"

using namespace test;

namespace {

struct Keyboard : CtlScene {
  Keyboard() : agent(server.address(), "exec-1", "", kExecAgentProgram) { server.wait_for_agent("exec-1"); }
  AgentProgram agent;
};

}  // namespace

TEST_CASE("Ctrl-C asks the command to end and says so", "[system]") {
  Keyboard keyboard;
  TerminalProgram run(keyboard.line("agentctl run -a exec-1 -- 'echo begun; sleep 1000'"));
  run.wait_for("begun");
  run.type("\x03");
  run.wait_for("asked the command to end; Ctrl-C again leaves it running");
  CHECK(run.wait() == 137);
  CHECK(keyboard.run("agentctl ps -o name").out.empty());
}

TEST_CASE("Ctrl-C twice leaves the command running and says its task", "[system]") {
  Keyboard keyboard;
  TerminalProgram run(keyboard.line("agentctl run -a exec-1 -- 'echo begun; sleep 1000'"));
  run.wait_for("begun");
  keyboard.agent.program().signal(SIGSTOP);  // it cannot be ended now
  run.type("\x03");
  run.wait_for("Ctrl-C again");
  run.type("\x03");
  run.wait_for("left running: agentctl follow exec-1/");
  CHECK(run.wait() == 130);
  keyboard.agent.program().signal(SIGCONT);
}

TEST_CASE("A table is cut to the terminal and no wider line is shown", "[system]") {
  Keyboard keyboard;
  TerminalProgram narrow(keyboard.line("agentctl agents -o wide"), 30);
  CHECK(narrow.wait() == 0);
  CHECK(narrow.shown().find("…\r\n") != std::string::npos);
  CHECK(keyboard.run("agentctl agents -o wide").out.find("…") == std::string::npos);
}

TEST_CASE("Colours are for terminals that want them", "[system]") {
  Keyboard keyboard;
  TerminalProgram colored(keyboard.line("agentctl run --all -- echo x"));
  CHECK(colored.wait() == 0);
  CHECK(colored.shown().find("\x1b[") != std::string::npos);
  TerminalProgram plain(keyboard.line("NO_COLOR=1 agentctl run --all -q -- echo x"));
  CHECK(plain.wait() == 0);
  CHECK(plain.shown() == "exec-1: x\r\n");
  TerminalProgram flag(keyboard.line("agentctl doctor --no-color"));
  CHECK(flag.wait() == 0);
  CHECK(flag.shown().find("\x1b[") == std::string::npos);
}

TEST_CASE("agentctl shell is a shell on the machine, and exits as it did", "[system]") {
  Keyboard keyboard;
  TerminalProgram shell(
      keyboard.line("export TERM=vt100; agentctl shell exec-1 --env SHELL=/bin/sh --env ENV="));
  shell.type("echo got:$TERM; exit 7\r");
  shell.wait_for("got:vt100");
  CHECK(shell.wait() == 7);
}

TEST_CASE("agentctl shell passes on the size of the terminal and its changes", "[system]") {
  Keyboard keyboard;
  TerminalProgram shell(keyboard.line(
      "stty rows 40 cols 100; agentctl shell exec-1 -- 'trap \"stty size\" WINCH; stty size; while :; do sleep 0.1; done'"));
  shell.wait_for("40 100");
  shell.resize(50, 132);
  shell.wait_for("50 132");
  shell.type("\x03");
  CHECK(shell.wait() == 130);
}

TEST_CASE("Ctrl-C in a shell ends what runs there, however fast it writes", "[system]") {
  Keyboard keyboard;
  TerminalProgram shell(keyboard.line("agentctl shell exec-1 --env SHELL=/bin/sh --env ENV="));
  shell.type("yes\r");
  shell.wait_for("y\r\ny\r\ny");
  shell.type("\x03");
  shell.type("echo af''ter; exit 4\r");
  shell.wait_for("after");
  CHECK(shell.wait() == 4);
}

TEST_CASE("Two people at a shell take turns at typing", "[system]") {
  Keyboard keyboard;
  TerminalProgram first(keyboard.line("agentctl shell exec-1 --env SHELL=/bin/sh --env ENV="));
  first.type("echo fi''rst\r");
  first.wait_for("first");
  TerminalProgram second(keyboard.line("agentctl attach $(agentctl ps -o name)"));
  second.wait_for("types here; you watch");
  second.wait_for("first");
  second.type("ignored\r~t");
  second.wait_for("you type here now");
  first.wait_for("types here; you watch");
  second.type("echo sec''ond; exit 5\r");
  first.wait_for("second");
  CHECK(first.shown().find("ignored") == std::string::npos);
  CHECK(first.wait() == 5);
  CHECK(second.wait() == 5);
}

TEST_CASE("attach says what is wrong at once and leaves the terminal as it was", "[system]") {
  Keyboard keyboard;
  const std::string same = "[ \"$before\" = \"$(stty -g)\" ] && echo re''stored";
  TerminalProgram none(
      keyboard.line("before=$(stty -g); agentctl attach exec-1/none; echo code $?; " + same));
  none.wait_for("code 125");
  none.wait_for("restored");
  CHECK(none.shown().find("not found") != std::string::npos);
  TerminalProgram away(keyboard.line("agentctl attach exec-1/none --url http://127.0.0.1:1"));
  away.wait_for("start agent-server there");
  CHECK(away.wait() == 125);
  TerminalProgram unknown(keyboard.line("agentctl shell nobody"));
  unknown.wait_for("agent");
  CHECK(unknown.wait() == 125);
  TerminalProgram key(keyboard.line("agentctl shell exec-1 -e ab"));
  key.wait_for("want one character, or none");
  CHECK(key.wait() == 125);
}

TEST_CASE("The escape key leaves a shell whose server is gone, and attach finds it again", "[system]") {
  Keyboard keyboard;
  TerminalProgram shell(keyboard.line("agentctl shell exec-1 --env SHELL=/bin/sh --env ENV="));
  shell.type("value=kept; echo se''t\r");
  shell.wait_for("set");
  keyboard.server.kill();
  shell.wait_for("the connection broke off");
  shell.type("\r~.");
  shell.wait_for("left running: agentctl attach exec-1/");
  CHECK(shell.wait() == 130);
  keyboard.server.start();
  keyboard.server.wait_for_agent("exec-1");
  TerminalProgram again(keyboard.line("agentctl attach $(agentctl ps -o name)"));
  again.wait_for("set");
  again.type("echo got:$value; exit\r");
  again.wait_for("got:kept");
  CHECK(again.wait() == 0);
}

TEST_CASE("A shell goes on over a server that restarts, and shows nothing twice", "[system]") {
  Keyboard keyboard;
  const int end = GENERATE(SIGTERM, SIGKILL);
  TerminalProgram shell(keyboard.line("agentctl shell exec-1 --env SHELL=/bin/sh --env ENV="));
  shell.type("value=kept; echo se''t\r");
  shell.wait_for("set");
  keyboard.server.restart(end);
  shell.wait_for("the connection broke off");
  shell.type("echo got:$value; exit 3\r");
  shell.wait_for("got:kept");
  CHECK(shell.wait() == 3);
  CHECK(shell.shown().find("set") == shell.shown().rfind("set"));
}

TEST_CASE("The local terminal is what it was, however agentctl ends", "[system]") {
  Keyboard keyboard;
  const int end = GENERATE(SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGABRT);
  const std::string command = "printf '\\033[?1049h\\033[?2004h'; echo in''side; sleep 1000";
  TerminalProgram shell(keyboard.line("before=$(stty -g); sh -c 'echo $$ >$DIR/pid; exec " +
                                      built_program("agentctl") + " shell exec-1 -- \"$0\"' \"" + command +
                                      "\"; [ \"$before\" = \"$(stty -g)\" ] && echo re''stored"));
  shell.wait_for("inside");
  ::kill(std::stoi(read_file(keyboard.dir.file("pid"))), end);
  const std::string shown = shell.wait_for("restored");
  CHECK(shown.find("\x1b[?2004l") != std::string::npos);
  CHECK(shown.find("\x1b[?1049l") != std::string::npos);
}

TEST_CASE("agentctl shell without a terminal says what is for scripts", "[system]") {
  Keyboard keyboard;
  const CtlRun run = keyboard.run("agentctl shell exec-1 </dev/null");
  CHECK(run.code == 125);
  CHECK(run.err.find("agentctl run") != std::string::npos);
}
