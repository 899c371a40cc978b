// agentctl shell in a real terminal: full screens of editors, and what is left of them.
#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "tests/support/tmux_screen.hpp"
#include "tests/system/ctl_scene.hpp"

using namespace test;

namespace {

// All that editors and their like switch at a terminal.
constexpr const char* kEditor =
    "#!/bin/sh\n"
    "stty raw -echo\n"
    "printf '\\033[?1049h\\033[22;0;0t\\033[?1h\\033=\\033[?2004h\\033[?1004h\\033[?1000h\\033[?1006h'\n"
    "printf '\\033[31m\\033[2J\\033[Hlines of the editor'\n"
    "printf '\\033[2;5r\\033[?7l\\033[?6h\\033[4h\\033[?25l\\033(0'\n"
    "echo $$ >$DIR/editor.pid\n"
    "exec sleep 1000\n";

struct ShellDesk : CtlScene {
  ShellDesk() : agent(server.address(), "exec-1", "", kExecAgentProgram) {
    server.wait_for_agent("exec-1");
    dir.write("editor.sh", kEditor);
    setup = line(
        "there() { agentctl shell exec-1 --env DIR=$DIR -- 'cd $DIR; PS1=\"there: \" ENV= exec sh -i'; }\n" +
        std::string("editor() { ( echo $BASHPID >$DIR/agentctl.pid; exec ") + built_program("agentctl") +
        " shell exec-1 --env DIR=$DIR -- 'sh $DIR/editor.sh' ); }\n" +
        "sized() { agentctl shell exec-1 -- 'trap \"stty size\" WINCH; stty size; while :; do sleep 0.1; "
        "done'; }\n");
  }

  // The process id of `editor` or `agentctl`, once it runs.
  int pid_of(const std::string& program) const {
    const std::string file = dir.file(program + ".pid");
    wait_until(file, [&] { return read_file(file).ends_with('\n'); });
    return std::stoi(read_file(file));
  }

  std::string setup;
  AgentProgram agent;
};

}  // namespace

TEST_CASE("An editor in a shell far away has the whole screen and gives it back", "[system]") {
  ShellDesk desk;
  desk.dir.write("note", "first line\n");
  const TmuxScreen screen(desk.setup, 60, 8);
  screen.type("there\r");
  screen.wait_for_part("there:");
  screen.type("busybox vi note\r");
  screen.wait_for_part("- note 1/1 100%");
  screen.type("Ohello\x1b");
  screen.wait_for(R"(
hello
first line
~
~
~
~
~
- note [Modified] 1/2 50%)");
  CHECK(screen.modes() == "alternate-screen");
  screen.type(":wq\r");
  screen.wait_for(R"(
$ there
there: busybox vi note
there:)");
  screen.type("exit 3\r");
  screen.wait_for_part("exit 3\n$");
  screen.type("echo $?\r");
  screen.wait_for(R"(
$ there
there: busybox vi note
there: exit 3
$ echo $?
3
$)");
  CHECK(screen.modes().empty());
  CHECK(read_file(desk.dir.file("note")) == "hello\nfirst line\n");
}

TEST_CASE("An editor that somebody leaves with the escape key is there again for attach", "[system]") {
  ShellDesk desk;
  desk.dir.write("note", "first line\n");
  const TmuxScreen screen(desk.setup, 80, 8);
  screen.type("there\r");
  screen.wait_for_part("there:");
  screen.type("busybox vi note\r");
  screen.wait_for_part("- note 1/1 100%");
  screen.type("\r~.");
  screen.wait_for(R"(
$ there
there: busybox vi note

left running: agentctl attach exec-1/20260101-00001-0123456789abcdef
$)");
  CHECK(screen.modes().empty());
  screen.type("agentctl attach $(agentctl ps -o name)\r");
  screen.wait_for(R"(
first line
~
~
~
~
~
~
- note 1/1 100%)");
  screen.type(":q!\r");
  screen.wait_for_part("there:");
  CHECK(screen.modes().empty());
}

TEST_CASE("The screen is as it was, however an editor far away ends", "[system]") {
  ShellDesk desk;
  const int way = GENERATE(range(0, 5));
  const TmuxScreen screen(desk.setup, 60, 10);
  screen.type("editor\r");
  screen.wait_for("lines of the editor");
  const int editor = desk.pid_of("editor");
  const int agentctl = desk.pid_of("agentctl");
  wait_until("the editor's modes", [&] { return screen.modes().ends_with("region"); });
  if (way == 0) ::kill(editor, SIGKILL);
  if (way == 1) ::kill(agentctl, SIGTERM);
  if (way == 2) ::kill(agentctl, SIGSEGV);
  if (way == 3) desk.agent.program().signal(SIGKILL);
  if (way == 4) desk.server.kill();
  if (way >= 3) {
    screen.wait_for_part(way == 3 ? "[the agent" : "[the conn");
    screen.type("\r~.");
  }
  INFO(way);
  screen.wait_for_prompt();
  CHECK(screen.modes().empty());
  CHECK(screen.text().starts_with("$ editor\n"));
  CHECK(screen.text().find("lines of") == std::string::npos);
  screen.type("clear; echo lqqk; seq 12\r");
  screen.wait_for("4\n5\n6\n7\n8\n9\n10\n11\n12\n$");
  screen.type("clear; echo lqqk\r");
  screen.wait_for("lqqk\n$");
  CHECK(screen.colored_text().find_first_of("\x1b\x0e") == std::string::npos);
  if (way != 0) ::kill(editor, SIGKILL);
}

TEST_CASE("A window that is drawn larger is larger far away, too", "[system]") {
  ShellDesk desk;
  const TmuxScreen screen(desk.setup, 60, 8);
  screen.type("sized\r");
  screen.wait_for_part("8 60");
  screen.resize(100, 12);
  screen.wait_for(R"(
$ sized
8 60
12 100)");
  screen.type("\r~.");
  screen.wait_for(R"(
$ sized
8 60
12 100

left running: agentctl attach exec-1/20260101-00001-0123456789abcdef
$)");
}
