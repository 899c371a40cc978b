// agentctl cp against a real machine. One that lies: test_agentctl_copy_lies.cpp.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/fault_proxy.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/terminal_program.hpp"
#include "tests/system/ctl_scene.hpp"

using namespace test;
namespace fs = std::filesystem;

namespace {

struct CopyScene : CtlScene {
  CopyScene() : agent(server.address(), "exec-1", "", kExecAgentProgram) { server.wait_for_agent("exec-1"); }

  void write(const std::string& name, const std::string& content) const {
    fs::create_directories(fs::path(dir.file(name)).parent_path());
    std::ofstream(dir.file(name)) << content;
  }

  AgentProgram agent;
};

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

}  // namespace

TEST_CASE("agentctl cp brings a file there and back, byte for byte and with its mode", "[system]") {
  CopyScene scene;
  const std::string content = pattern(3'000'001);
  scene.write("here/file", content);
  ::chmod(scene.dir.file("here/file").c_str(), 0750);
  CHECK(scene.run("agentctl cp $DIR/here/file exec-1:$DIR/there/copy").code == 0);
  CHECK(read_file(scene.dir.file("there/copy")) == content);
  struct stat facts {};
  REQUIRE(::stat(scene.dir.file("there/copy").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0750);
  const CtlRun back = scene.run("agentctl cp exec-1:$DIR/there/copy $DIR/back");
  INFO(back.err);
  CHECK(back.code == 0);
  CHECK(back.out.empty());
  CHECK(read_file(scene.dir.file("back")) == content);
  REQUIRE(::stat(scene.dir.file("back").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0750);
}

TEST_CASE("agentctl cp keeps a private file private", "[system]") {
  CopyScene scene;
  scene.write("secret", "x");
  ::chmod(scene.dir.file("secret").c_str(), 0600);
  fs::create_symlink(scene.dir.file("secret"), scene.dir.file("link"));
  CHECK(scene.run("agentctl cp exec-1:$DIR/secret $DIR/a; agentctl cp exec-1:$DIR/link $DIR/b").code == 0);
  for (const char* name : {"a", "b"}) {
    struct stat facts {};
    REQUIRE(::stat(scene.dir.file(name).c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
  }
}

TEST_CASE("agentctl cp copies many files into a directory, and trees with -r", "[system]") {
  CopyScene scene;
  scene.write("tree/a", "1");
  scene.write("tree/sub/b c", "2");
  scene.write("tree/sub/new\nline\x1b[31m", "3");
  scene.write("empty", "");
  CHECK(scene.run("agentctl cp $DIR/tree/a $DIR/empty exec-1:$DIR/many/").code == 0);
  CHECK(read_file(scene.dir.file("many/a")) == "1");
  CHECK(read_file(scene.dir.file("many/empty")).empty());
  const CtlRun there = scene.run("agentctl cp -r $DIR/tree exec-1:$DIR/many");
  INFO(there.err);
  CHECK(there.code == 0);
  CHECK(read_file(scene.dir.file("many/tree/sub/b c")) == "2");
  fs::create_directory(scene.dir.file("back"));
  const CtlRun back = scene.run("agentctl cp -r exec-1:$DIR/many/tree $DIR/back");
  INFO(back.err);
  CHECK(back.code == 0);
  CHECK(read_file(scene.dir.file("back/tree/sub/new\nline\x1b[31m")) == "3");
}

TEST_CASE("agentctl cp leaves out links and devices of a machine, says so, and copies the rest", "[system]") {
  CopyScene scene;
  scene.write("tree/plain", "1");
  scene.write("outside/secret", "x");
  fs::create_directory_symlink(scene.dir.file("outside"), scene.dir.file("tree/link"));
  fs::create_symlink(scene.dir.file("outside/secret"), scene.dir.file("tree/file\x1b[2J"));
  ::mkfifo(scene.dir.file("tree/pipe").c_str(), 0600);
  fs::create_directory(scene.dir.file("back"));
  const CtlRun run = scene.run("agentctl cp -r exec-1:$DIR/tree $DIR/back");
  CHECK(run.code == 1);
  CHECK(run.err.find("a link; not copied") != std::string::npos);
  CHECK(run.err.find("pipe or socket; not copied") != std::string::npos);
  CHECK(run.err.find('\x1b') == std::string::npos);
  CHECK(read_file(scene.dir.file("back/tree/plain")) == "1");
  CHECK(std::distance(fs::directory_iterator(scene.dir.file("back/tree")), fs::directory_iterator()) == 1);
}

TEST_CASE("agentctl cp writes nothing through links that stand at its target", "[system]") {
  CopyScene scene;
  scene.write("tree/sub/file", "new");
  scene.write("outside/file", "old");
  fs::create_directories(scene.dir.file("back/tree"));
  fs::create_directory_symlink(scene.dir.file("outside"), scene.dir.file("back/tree/sub"));
  CHECK(scene.run("agentctl cp -r exec-1:$DIR/tree $DIR/back").code == 1);
  CHECK(read_file(scene.dir.file("outside/file")) == "old");
}

TEST_CASE("agentctl cp says what cannot be copied, and where", "[system]") {
  CopyScene scene;
  scene.write("file", "x");
  CHECK(scene.run("agentctl cp $DIR/file $DIR/other").code == 1);
  CHECK(scene.run("agentctl cp exec-1:/x exec-1:/x").code == 1);
  const CtlRun into = scene.run("agentctl cp exec-1:$DIR/file $DIR/file/");
  CHECK(into.code == 1);
  CHECK(into.err.find("is no directory") != std::string::npos);
  const CtlRun missing = scene.run("agentctl cp exec-1:$DIR/none $DIR/got");
  CHECK(missing.code == 1);
  CHECK(missing.err.find("none") != std::string::npos);
  CHECK_FALSE(fs::exists(scene.dir.file("got")));
  const CtlRun tree = scene.run("agentctl cp $DIR exec-1:$DIR/x");
  CHECK(tree.code == 1);
  CHECK(tree.err.find("-r") != std::string::npos);
}

TEST_CASE("agentctl cp goes on where its connection broke off", "[system]") {
  CopyScene scene;
  const std::string content = pattern(5'000'000);
  scene.write("file", content);
  FaultProxy proxy(scene.server.port());
  int left = 3;
  proxy.set_plans([&left] {
    FaultPlan plan;
    if (left-- > 0) plan.cut_down = 1'500'000;
    return plan;
  });
  const CtlRun run =
      scene.run("AGENTCTL_URL=http://" + proxy.address() + " agentctl cp exec-1:$DIR/file $DIR/got");
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(proxy.accepted() == 4);  // with 1.5 MB each; from the beginning it would not get there
  CHECK(read_file(scene.dir.file("got")) == content);
}

TEST_CASE("agentctl cp takes a path that has the word agent in it", "[system]") {
  CopyScene scene;
  scene.write("agent/file", "1");
  CHECK(scene.run("agentctl cp $DIR/agent/file exec-1:$DIR/agent/new").code == 0);
  CHECK(read_file(scene.dir.file("agent/new")) == "1");
  CHECK(scene.run("agentctl cp -r exec-1:$DIR/agent/new $DIR/got").code == 0);
  CHECK(read_file(scene.dir.file("got")) == "1");
}

TEST_CASE("agentctl cp copies what is in a directory that is named by a dot", "[system]") {
  CopyScene scene;
  scene.write("tree/sub/a", "1");
  CHECK(scene.run("cd $DIR/tree && agentctl cp -r . exec-1:$DIR/there").code == 0);
  CHECK(read_file(scene.dir.file("there/sub/a")) == "1");
  fs::create_directory(scene.dir.file("back"));
  CHECK(scene.run("agentctl cp -r exec-1:$DIR/there/. $DIR/back").code == 0);
  CHECK(read_file(scene.dir.file("back/sub/a")) == "1");
}

TEST_CASE("agentctl cp passes over what it cannot send and sends the rest", "[system]") {
  CopyScene scene;
  scene.write("tree/a", "1");
  scene.write("tree/z", "2");
  fs::create_directory(scene.dir.file("tree/empty"));
  fs::create_directory_symlink(scene.dir.file("tree"), scene.dir.file("tree/circle"));
  fs::create_symlink("nowhere", scene.dir.file("tree/dangling"));
  ::mkfifo(scene.dir.file("tree/pipe").c_str(), 0600);
  const CtlRun run = scene.run("agentctl cp -r $DIR/tree exec-1:$DIR/there");
  INFO(run.err);
  CHECK(run.code == 1);
  CHECK(read_file(scene.dir.file("there/a")) == "1");
  CHECK(read_file(scene.dir.file("there/z")) == "2");
  CHECK(run.err.find("tree/empty: an empty directory") != std::string::npos);
  for (const char* name : {"circle", "dangling", "pipe"})
    CHECK(run.err.find(std::string("tree/") + name + ": no regular file; not copied") != std::string::npos);
  CHECK(scene.run("agentctl cp $DIR/tree/pipe exec-1:$DIR/there/").err.find("no regular file") !=
        std::string::npos);
}

TEST_CASE("agentctl cp does not replace a device or a pipe of this machine", "[system]") {
  CopyScene scene;
  scene.write("file", "x");
  ::mkfifo(scene.dir.file("pipe").c_str(), 0600);
  fs::create_directory(scene.dir.file("in"));
  fs::create_directory(scene.dir.file("in/file"));
  const CtlRun run = scene.run("agentctl cp exec-1:$DIR/file $DIR/pipe");
  CHECK(run.code == 1);
  CHECK(run.err.find("a device, pipe or socket has this name") != std::string::npos);
  CHECK(fs::is_fifo(scene.dir.file("pipe")));
  CHECK(scene.run("agentctl cp exec-1:$DIR/file $DIR/in").err.find("a directory has this name") !=
        std::string::npos);
}

TEST_CASE("agentctl cp says that a disk is full and leaves nothing of the file", "[system]") {
  CopyScene scene;
  const SmallDisk disk(scene.dir.file("disk"));
  if (!disk.is_mounted()) {
    WARN("only root can make a small disk");
    return;
  }
  scene.write("large", pattern(5'000'000));
  const CtlRun back = scene.run("agentctl cp exec-1:$DIR/large $DIR/disk/");
  CHECK(back.code == 1);
  CHECK(back.err.find("No space left on device") != std::string::npos);
  const CtlRun there = scene.run("agentctl cp $DIR/large exec-1:$DIR/disk/");
  CHECK(there.code == 1);
  INFO(there.err);
  CHECK(there.err.find("No space left on device") != std::string::npos);
  CHECK(fs::is_empty(scene.dir.file("disk")));
}

TEST_CASE("agentctl cp says at once that a server refuses an upload", "[system]") {
  CopyScene scene;
  scene.write("large", "");
  fs::resize_file(scene.dir.file("large"), 200'000'000);
  const CtlRun unknown = scene.run("agentctl cp $DIR/large nobody:/tmp/");
  CHECK(unknown.code == 1);
  CHECK(unknown.err.find("agent not found") != std::string::npos);
  const CtlRun refused = scene.run("agentctl cp $DIR/large exec-1:/proc/none/x");
  INFO(refused.err);
  CHECK(refused.code == 1);
  CHECK(refused.err.find("trying again") == std::string::npos);
}

TEST_CASE("agentctl cp that is interrupted leaves nothing of a file", "[system]") {
  CopyScene scene;
  scene.write("large", pattern(3'000'000));
  FaultProxy proxy(scene.server.port());
  FaultPlan plan;
  plan.piece = 4096;
  plan.delay = std::chrono::milliseconds(20);
  proxy.set_plan(plan);
  fs::create_directory(scene.dir.file("in"));
  TerminalProgram copy(scene.line("export AGENTCTL_URL=http://" + proxy.address() +
                                  "; agentctl cp exec-1:$DIR/large $DIR/in"));
  copy.wait_for("2.9 MiB");
  CHECK_FALSE(fs::is_empty(scene.dir.file("in")));
  copy.type("\x03");
  CHECK(copy.wait() == 130);
  CHECK(fs::is_empty(scene.dir.file("in")));
}

TEST_CASE("agentctl cp goes on when the agent has been away", "[system]") {
  CopyScene scene;
  const std::string content = pattern(3'000'000);
  scene.write("file", content);
  FaultProxy proxy(scene.server.port());
  proxy.set_plans([&scene, count = 0]() mutable {
    FaultPlan plan;
    if (++count == 1) plan.cut_down = 1'000'000;
    if (count == 2) scene.agent.program().signal(SIGKILL);
    return plan;
  });
  Program copy("/bin/bash", {"-c", scene.line("export AGENTCTL_URL=http://" + proxy.address() +
                                              "; agentctl cp exec-1:$DIR/file $DIR/got")});
  copy.wait_for("agent not found");
  scene.agent.restart();
  CHECK(copy.wait() == 0);
  CHECK(read_file(scene.dir.file("got")) == content);
}

TEST_CASE("agentctl cp sends to several machines and says which one failed", "[system]") {
  CopyScene scene;
  AgentProgram second(scene.server.address(), "exec-2", "", kExecAgentProgram);
  scene.server.wait_for_agent("exec-2");
  scene.write("file", "1");
  CHECK(scene.run("agentctl cp $DIR/file exec-1,exec-2:$DIR/there/").code == 0);
  CHECK(read_file(scene.dir.file("there/file")) == "1");
  const CtlRun run = scene.run("agentctl cp $DIR/file nobody,exec-2:$DIR/other/");
  CHECK(run.code == 1);
  CHECK(run.err == "agentctl: nobody: agent not found\n");
  CHECK(read_file(scene.dir.file("other/file")) == "1");
  CHECK(scene.run("agentctl cp exec-1,exec-2:$DIR/file $DIR/back").code == 1);
}

TEST_CASE("agentctl cp of a tree goes on over a server that restarts", "[system]") {
  CopyScene scene;
  for (int i = 0; i < 5; ++i)
    scene.write("tree/" + std::to_string(i) + "/file", std::string(200'000, static_cast<char>('a' + i)));
  fs::create_directory(scene.dir.file("back"));
  FaultProxy proxy(scene.server.port());
  FaultPlan plan;
  plan.piece = 16 * 1024;
  plan.delay = std::chrono::milliseconds(10);
  proxy.set_plan(plan);
  Program copy("/bin/bash", {"-c", scene.line("export AGENTCTL_URL=http://" + proxy.address() +
                                              "; agentctl cp -r exec-1:$DIR/tree $DIR/back")});
  wait_until("the first file", [&] { return fs::exists(scene.dir.file("back/tree/0/file")); });
  scene.server.restart(SIGKILL);
  CHECK(copy.wait() == 0);
  for (int i = 0; i < 5; ++i)
    CHECK(read_file(scene.dir.file("back/tree/" + std::to_string(i) + "/file")) ==
          std::string(200'000, static_cast<char>('a' + i)));
}
