// agentctl cp of many small files, which are on their way beside each other.
#include <sys/stat.h>

#include <algorithm>
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

constexpr int kFiles = 300;

// A tree of kFiles small files, some of them empty or for everybody, and a way to the server that counts.
struct ManyFiles : CtlScene {
  ManyFiles() : agent(server.address(), "exec-1", "", kExecAgentProgram), proxy(server.port()) {
    server.wait_for_agent("exec-1");
    for (int i = 0; i < kFiles; ++i) write("tree/" + name(i), content(i));
    ::chmod(dir.file("tree/" + name(7)).c_str(), 0750);
    fs::create_directory(dir.file("back"));
  }

  static std::string name(int i) { return std::to_string(i % 10) + "/f" + std::to_string(i); }
  static std::string content(int i) {
    return std::string(static_cast<std::size_t>(i * 10), static_cast<char>('a' + i % 26));
  }
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories(fs::path(dir.file(file)).parent_path());
    std::ofstream(dir.file(file)) << text;
  }
  std::string through_proxy(const std::string& text) const {
    return line("export AGENTCTL_URL=http://" + proxy.address() + "; " + text);
  }

  // How many are there with all that is in them, and nothing else.
  int right_files(const std::string& where) const {
    int count = 0;
    for (int i = 0; i < kFiles; ++i)
      count += read_file(dir.file(where + "/" + name(i))) == content(i) ? 1 : 0;
    return files_in(where) == kFiles ? count : -1;
  }
  int files_in(const std::string& where) const {
    int count = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(dir.file(where)))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }
  unsigned mode_of(const std::string& file) const {
    struct stat facts {};
    return ::stat(dir.file(file).c_str(), &facts) == 0 ? facts.st_mode & 0777 : 0;
  }
  void slow_down() {
    FaultPlan plan;
    plan.piece = 512;
    plan.delay = std::chrono::milliseconds(5);
    proxy.set_plan(plan);
  }

  AgentProgram agent;
  FaultProxy proxy;
};

}  // namespace

TEST_CASE("agentctl cp sends small files beside each other over few connections", "[system]") {
  ManyFiles many;
  const CtlRun run = many.run("AGENTCTL_URL=http://" + many.proxy.address() +
                              " agentctl cp -r $DIR/tree exec-1:$DIR/there/");
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(many.right_files("there/tree") == kFiles);
  CHECK(many.mode_of("there/tree/7/f7") == 0750);
  const std::size_t connections = many.proxy.accepted();  // one for each file without being kept
  CHECK(connections > 1);
  CHECK(connections <= 9);
}

TEST_CASE("agentctl cp fetches small files beside each other over few connections", "[system]") {
  ManyFiles many;
  const CtlRun run =
      many.run("AGENTCTL_URL=http://" + many.proxy.address() + " agentctl cp -r exec-1:$DIR/tree $DIR/back");
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(many.right_files("back/tree") == kFiles);
  CHECK(many.mode_of("back/tree/7/f7") == 0750);
  const std::size_t connections = many.proxy.accepted();  // one, if they came one after the other
  CHECK(connections > 1);
  CHECK(connections <= 9);
}

TEST_CASE("agentctl cp of many files goes on over a server that restarts", "[system]") {
  ManyFiles many;
  many.slow_down();
  const bool to_machine = GENERATE(true, false);
  const std::string where = to_machine ? "there" : "back";
  fs::create_directory(many.dir.file("there"));
  Program copy("/bin/bash",
               {"-c", many.through_proxy(to_machine ? "agentctl cp -r $DIR/tree exec-1:$DIR/there"
                                                    : "agentctl cp -r exec-1:$DIR/tree $DIR/back")});
  wait_until("the first files", [&] { return many.files_in(where) > 20; });
  many.server.restart(SIGKILL);
  CHECK(copy.wait(3 * kPatience) == 0);
  CHECK(many.right_files(where + "/tree") == kFiles);
}

TEST_CASE("agentctl cp that is interrupted leaves none of many files in part", "[system]") {
  ManyFiles many;
  many.slow_down();
  const TmuxScreen screen(many.through_proxy(":"), 60, 8);
  screen.type("agentctl cp -r exec-1:$DIR/tree $DIR/back\r");
  screen.wait_for_part(" files  ");
  screen.type("\x03");
  screen.wait_for(R"(
$ agentctl cp -r exec-1:$DIR/tree $DIR/back
$)");
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(many.dir.file("back"))) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    if (entry.is_regular_file())
      CHECK(read_file(entry.path()) == ManyFiles::content(std::stoi(name.substr(1))));
  }
}

TEST_CASE("agentctl cp leaves the last one of two files of the same name", "[system]") {
  ManyFiles many;
  many.write("one/x", std::string(200'000, '1'));
  many.write("two/x", "2");
  CHECK(many.run("agentctl cp $DIR/one/x $DIR/two/x exec-1:$DIR/there/").code == 0);
  CHECK(read_file(many.dir.file("there/x")) == "2");
  CHECK(many.run("agentctl cp exec-1:$DIR/one/x exec-1:$DIR/two/x $DIR/back").code == 0);
  CHECK(read_file(many.dir.file("back/x")) == "2");
  CHECK(many.run("agentctl cp -r $DIR/one/. $DIR/two/. exec-1:$DIR/dots").code == 0);
  CHECK(read_file(many.dir.file("dots/x")) == "2");
}

TEST_CASE("agentctl cp tells each of many files that cannot be written", "[system]") {
  ManyFiles many;
  for (int i = 0; i < 20; ++i) fs::create_directories(many.dir.file("there/tree/" + ManyFiles::name(i)));
  const CtlRun run = many.run("agentctl cp -r $DIR/tree exec-1:$DIR/there/");
  CHECK(run.code == 1);
  INFO(run.err);
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 20);
  CHECK(many.files_in("there/tree") == kFiles - 20);
}
