// What agentctl's completion does in real shells, on a terminal.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/places.hpp"
#include "tests/support/terminal_program.hpp"
#include "tests/system/ctl_scene.hpp"

using namespace test;
namespace fs = std::filesystem;

namespace {

struct ShellKind {
  std::string start;
  std::string source;
};

const ShellKind kBash{"bash --norc --noprofile -i", "source <(agentctl completion bash)"};
const ShellKind kZsh{"zsh -f -i", "autoload -U compinit; compinit -D; source <(agentctl completion zsh)"};
const ShellKind kFish{"fish --no-config -i", "agentctl completion fish | source"};

struct Completing : CtlScene {
  Completing() : agent(server.address(), "exec-1", "", kExecAgentProgram) { server.wait_for_agent("exec-1"); }

  // A line for bash that becomes the shell, with agentctl in its path and nothing of this person's.
  std::string shell_line(const ShellKind& kind) const {
    const std::string programs = fs::path(built_program("agentctl")).parent_path().string();
    return line("unset -f agentctl; cd " + dir.path() + "; export PATH=" + programs +
                ":$PATH HOME=" + dir.path() + "; exec " + kind.start);
  }
  void write(const std::string& name) const {
    fs::create_directories(fs::path(dir.file(name)).parent_path());
    std::ofstream(dir.file(name)) << "content";
  }

  AgentProgram agent;
};

// A shell that has agentctl's completion.
struct CompletingShell : TerminalProgram {
  CompletingShell(const Completing& scene, const ShellKind& kind) : TerminalProgram(scene.shell_line(kind)) {
    type(kind.source + "; echo rea''dy\r");
    wait_for("ready");
  }
};

}  // namespace

TEST_CASE("Shells complete verbs, agents and paths of machines", "[system]") {
  const ShellKind kind = GENERATE(kBash, kZsh, kFish);
  Completing scene;
  scene.write("tree/some-file");
  INFO(kind.start);
  CompletingShell shell(scene, kind);
  shell.type("agentctl ge\tex\t-o json\r");
  shell.wait_for("\"type\":\"exec-agent\"");
  shell.type("agentctl cp exec-1:" + scene.dir.path() + "/tr\tsome\t got; echo co''pied\r");
  shell.wait_for("copied");
  CHECK(read_file(scene.dir.file("got")) == "content");
}

TEST_CASE("Names that a machine gives run nothing in the shell that completes them", "[system]") {
  const ShellKind kind = GENERATE(kBash, kZsh, kFish);
  Completing scene;
  scene.write("tree/$(touch pwned)");
  scene.write("tree/`touch pwned`");
  scene.write("tree/;touch pwned;");
  INFO(kind.start);
  CompletingShell shell(scene, kind);
  shell.type("agentctl cp exec-1:" + scene.dir.path() + "/tree/\t\t got; echo en''ded\r");
  shell.wait_for("ended");
  CHECK_FALSE(fs::exists(scene.dir.file("pwned")));
}

TEST_CASE("Names of files here run nothing in the shell that completes them", "[system]") {
  const ShellKind kind = GENERATE(kBash, kZsh, kFish);
  Completing scene;
  scene.write("bad-$(touch pwned)");
  INFO(kind.start);
  CompletingShell shell(scene, kind);
  shell.type("agentctl cp bad\t exec-1:" + scene.dir.path() + "/got; echo en''ded\r");
  shell.wait_for("ended");
  CHECK_FALSE(fs::exists(scene.dir.file("pwned")));
  CHECK(read_file(scene.dir.file("got")) == "content");
}

TEST_CASE("agentctl tells shells of no name that they could read as something else", "[system]") {
  Completing scene;
  for (const char* name : {"plain", "a b", "$(x)", "new\nline", "-option", "q'", "caf\xc3\xa9"})
    scene.write(std::string("tree/") + name);
  fs::create_directory(scene.dir.file("tree/sub"));
  const std::string begin = "exec-1:" + scene.dir.file("tree/");
  CHECK(scene.run("agentctl complete exec-1:$DIR/tree/p").out ==
        begin + "-option\n" + begin + "plain\n" + begin + "sub/\n");
  CHECK(scene.run("agentctl complete exec-1:$DIR/none/x").out.empty());
}
