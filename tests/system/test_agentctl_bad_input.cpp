// agentctl and what can be wrong around it: sizes, ways that are cut, tokens that are revoked, disks that are
// full.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/fault_proxy.hpp"
#include "tests/support/terminal_program.hpp"
#include "tests/support/tmux_screen.hpp"
#include "tests/system/ctl_scene.hpp"

using namespace test;
namespace fs = std::filesystem;

namespace {

struct RoughScene : CtlScene {
  explicit RoughScene(const std::string& settings = {})
      : CtlScene(settings), agent(server.address(), "exec-1", "", kExecAgentProgram), proxy(server.port()) {
    agent.wait_for_session();
  }
  std::string through_proxy(const std::string& text) const {
    return line("export AGENTCTL_URL=http://" + proxy.address() + "; " + text);
  }
  // The next connections end after so many bytes from the server.
  void cut_each(int connections, std::size_t bytes) {
    left = connections;
    proxy.set_plans([this, bytes] {
      FaultPlan plan;
      if (left-- > 0) plan.cut_down = bytes;
      return plan;
    });
  }

  AgentProgram agent;
  int left = 0;
  FaultProxy proxy;
};

std::string numbers(int count, const std::string& end) {
  std::string text;
  for (int i = 1; i <= count; ++i) text += std::to_string(i) + end;
  return text;
}

}  // namespace

TEST_CASE("agentctl run shows every byte once over connections that are cut", "[system]") {
  RoughScene scene;
  scene.cut_each(5, 20'000);
  const CtlRun run = scene.run(
      "AGENTCTL_URL=http://" + scene.proxy.address() + " agentctl run -q -a exec-1 -- 'seq 20000; exit 6'",
      3 * kPatience);
  CHECK(run.code == 6);
  CHECK(run.out == numbers(20'000, "\n"));
  CHECK(scene.proxy.accepted() > 5);
}

TEST_CASE("A shell shows every byte once over connections that are cut", "[system]") {
  RoughScene scene;
  scene.cut_each(5, 5'000);
  TerminalProgram shell(scene.through_proxy("agentctl shell exec-1 -- 'seq 5000; exit 6' 2>/dev/null"));
  CHECK(shell.wait() == 6);
  CHECK(shell.shown() == numbers(5'000, "\r\n"));
  CHECK(scene.proxy.accepted() > 5);
}

TEST_CASE("A shell and a command that say nothing go on over a proxy that cuts what is idle", "[system]") {
  RoughScene scene;
  TerminalProgram shell(scene.through_proxy("agentctl shell exec-1 -- 'PS1= ENV= exec sh -i'"));
  shell.type("value=kept; echo se''t\r");
  shell.wait_for("set");
  Program run("/bin/bash",
              {"-c", scene.through_proxy("agentctl run -a exec-1 -- 'echo begun; until [ -e " +
                                         scene.dir.file("go") + " ]; do sleep 0.1; done; echo over'")});
  run.wait_for("begun");
  scene.proxy.cut();
  run.wait_for("the connection broke off");
  shell.wait_for("the connection broke off");
  scene.dir.write("go", "");
  CHECK(run.wait() == 0);
  CHECK(run.count("begun") == 1);
  CHECK(run.count("over") == 1);
  shell.type("echo got:$value; exit 3\r");
  shell.wait_for("got:kept");
  CHECK(shell.wait() == 3);
}

TEST_CASE("The escape key leaves a shell on whose connection nothing passes", "[system]") {
  RoughScene scene;
  TerminalProgram shell(scene.through_proxy("agentctl shell exec-1 -- 'PS1= ENV= exec sh -i'"));
  shell.type("echo se''t\r");
  shell.wait_for("set");
  scene.proxy.black_hole();
  shell.type("\r~.");
  shell.wait_for("left running: agentctl attach exec-1/");
  CHECK(shell.wait() == 130);
  CHECK(shell.shown().find("broke off") == std::string::npos);
}

TEST_CASE("Nothing is an order to agentctl where there is no escape key", "[system]") {
  RoughScene scene;
  TerminalProgram shell(scene.line("agentctl shell exec-1 -e none -- 'PS1= ENV= exec sh -i'"));
  shell.type("echo \\\r~.\rexit 4\r");
  shell.wait_for("\r\n~.\r\n");
  CHECK(shell.wait() == 4);
}

TEST_CASE("A shell in a window without a size or with a huge one has one that a program can use",
          "[system]") {
  RoughScene scene;
  TerminalProgram none(scene.line("stty rows 0 cols 0; agentctl shell exec-1 -- 'stty size'"));
  CHECK(none.wait() == 0);
  CHECK(none.shown() == "24 80\r\n");
  TerminalProgram huge(scene.line("stty rows 10000 cols 10000; agentctl shell exec-1 -- 'stty size'"));
  CHECK(huge.wait() == 0);
  CHECK(huge.shown() == "4096 4096\r\n");
}

TEST_CASE("A shell whose token is revoked ends with the reason and leaves the terminal as it was",
          "[system]") {
  TempDir tokens;
  const auto set = [&tokens](const std::string& text) { ::chmod(tokens.write("api", text).c_str(), 0600); };
  const std::string mine = "me a-token-of-mine-0123456789\n";
  const std::string other = "ops another-token-0123456789\n";
  set(mine + other);
  RoughScene scene("api_token_file = " + tokens.file("api") + "\n");
  ::chmod(scene.dir.write("token", "a-token-of-mine-0123456789\n").c_str(), 0600);
  const TmuxScreen screen(scene.line("export AGENTCTL_TOKEN_FILE=$DIR/token"), 80, 10);
  screen.type("agentctl shell exec-1 -- 'printf \"\\033[?1049h\\033[H\"; echo inside; sleep 1000'\r");
  screen.wait_for("inside");
  set(other);
  scene.server.program().signal(SIGHUP);
  screen.wait_for_prompt();
  INFO(screen.text());
  CHECK(screen.modes().empty());
  CHECK(screen.text().find("the server does not know the token in ") != std::string::npos);
}

TEST_CASE("A server whose disk is full is told with what to do", "[system]") {
  const CtlScene scene("cache_threshold = 1\n");
  wait_until("a full disk", [&] { return scene.run("agentctl agents").code == 1; });
  const CtlRun run = scene.run("agentctl agents");
  INFO(run.err);
  CHECK(run.err.find("rate limit (code 503)\n") != std::string::npos);
  CHECK(run.err.find("make room there") != std::string::npos);
  const CtlRun doctor = scene.run("agentctl doctor");
  CHECK(doctor.code == 1);
  INFO(doctor.out);
  CHECK(doctor.out.find("failed  server") != std::string::npos);
  CHECK(doctor.out.find("make room there") != std::string::npos);
}

TEST_CASE("agentctl cp of a file onto itself leaves it as it is", "[system]") {
  RoughScene scene;
  const std::string content(3'000'000, 'x');
  scene.dir.write("file", content);
  CHECK(scene.run("agentctl cp exec-1:$DIR/file $DIR/file").code == 0);
  CHECK(read_file(scene.dir.file("file")) == content);
  CHECK(scene.run("agentctl cp $DIR/file exec-1:$DIR/file").code == 0);
  CHECK(read_file(scene.dir.file("file")) == content);
}

TEST_CASE("agentctl cp into a directory that is a file says so on both sides", "[system]") {
  RoughScene scene;
  scene.dir.write("file", "x");
  scene.dir.write("other", "y");
  const CtlRun there = scene.run("agentctl cp $DIR/other exec-1:$DIR/file/");
  INFO(there.err);
  CHECK(there.code == 1);
  CHECK(there.err.find("Not a directory") != std::string::npos);
  CHECK(scene.run("agentctl cp -r exec-1:$DIR/other $DIR/file/").code == 1);
  CHECK(read_file(scene.dir.file("file")) == "x");
}

TEST_CASE("agentctl cp of a sparse file of a tebibyte shows its size and leaves nothing when it is stopped",
          "[system]") {
  RoughScene scene;
  scene.dir.write("sparse", "");
  fs::resize_file(scene.dir.file("sparse"), std::uintmax_t{1} << 40);
  fs::create_directory(scene.dir.file("back"));
  const TmuxScreen screen(scene.line(":"), 100, 10);
  screen.type("agentctl cp exec-1:$DIR/sparse $DIR/back\r");
  screen.wait_for_part(" of 1.0 TiB  ");
  screen.type("\x03");
  screen.wait_for_prompt();
  CHECK(fs::is_empty(scene.dir.file("back")));
  screen.type("clear; agentctl cp $DIR/sparse exec-1:$DIR/there/\r");
  screen.wait_for_part(" of 1.0 TiB  ");
  screen.type("\x03");
  screen.wait_for("$");
  CHECK_FALSE(fs::exists(scene.dir.file("there/sparse")));
}
