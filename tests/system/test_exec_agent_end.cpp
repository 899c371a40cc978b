// How commands end: by themselves, by a timeout, a kill, a lost session, the end of the agent.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/sanitized.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/exec_scene.hpp"

using namespace test;
using agent::wire::Exec;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

// What is promised for the end of a tree, and time for a busy machine to tell us.
constexpr milliseconds kTreeLimit{kSanitized ? 5000 : 2000};

bool is_alive(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return stat >> number >> name >> state && state != "Z";
}

int number_after(const std::string& output, const std::string& key) {
  const std::size_t place = output.find(key);
  REQUIRE(place != std::string::npos);
  return std::stoi(output.substr(place + key.size()));
}

// A child whose parent is gone and which is in a session of its own.
const std::string kDetached = "(setsid sh -c 'echo detached=$$.; exec sleep 600' &); ";

void wait_for_death(int pid) {
  wait_until(
      "process " + std::to_string(pid) + " is gone", [&] { return !is_alive(pid); }, kTreeLimit);
}

}  // namespace

TEST_CASE("A kill ends the whole tree, detached children too", "[system]") {
  ExecScene scene;
  const std::string tid = scene.send(shell_command(kDetached + "echo ready; sleep 600"));
  scene.wait_for_output(tid, "ready");
  const int child = number_after(scene.wait_for_output(tid, ".\r\n").output, "detached=");
  const Clock::time_point begin = Clock::now();
  scene.kill(scene.result(tid).start.pid);
  const TaskResult& result = scene.wait_for_end(tid);
  CHECK(Clock::now() - begin < kTreeLimit);
  CHECK(result.end.code == -1);
  CHECK(result.end.signal == SIGKILL);
  CHECK_FALSE(result.end.timed_out);
  wait_for_death(child);
  wait_for_death(static_cast<int>(result.start.pid));
}

TEST_CASE("A timeout ends the whole tree and is named", "[system]") {
  ExecScene scene;
  Exec exec = shell_command(kDetached + "sleep 600");
  exec.timeout = 1;
  const Clock::time_point begin = Clock::now();
  const TaskResult result = scene.run(exec);
  CHECK(Clock::now() - begin >= milliseconds(990));
  CHECK(Clock::now() - begin < milliseconds(1000) + kTreeLimit);
  CHECK(result.end.code == -1);
  CHECK(result.end.timed_out);
  wait_for_death(number_after(result.output, "detached="));
}

TEST_CASE("A command that a signal ends has the code -1 and the signal", "[system]") {
  ExecScene scene;
  const TaskResult result = scene.run(shell_command("kill -SEGV $$"));
  CHECK(result.end.code == -1);
  CHECK(result.end.signal == SIGSEGV);
}

TEST_CASE("Nothing is killed that the agent has not started", "[system]") {
  const Program foreign("/bin/sleep", {"600"});
  ExecScene scene;
  for (const std::int64_t pid : {std::int64_t{foreign.pid()}, std::int64_t{scene.program().pid()},
                                 std::int64_t{1}, std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40}) {
    scene.kill(pid);
  }
  const TaskResult ended = scene.run(shell_command("true"));
  scene.kill(ended.start.pid);
  scene.check_unharmed();
  CHECK(is_alive(foreign.pid()));
}

TEST_CASE("A command that closes its terminal and lives on ends when it ends", "[system]") {
  ExecScene scene;
  const TempDir dir;
  REQUIRE(scene.run(shell_command("mkfifo " + dir.file("gate"))).end.code == 0);
  Exec exec =
      shell_command("echo said; exec >/dev/null 2>&1 </dev/null; cat " + dir.file("gate") + "; exit 7");
  exec.pipes = GENERATE(false, true);
  const std::string tid = scene.send(exec);
  scene.wait_for_output(tid, "said");
  scene.check_unharmed();
  CHECK_FALSE(scene.result(tid).over);
  scene.run(shell_command("echo >" + dir.file("gate")));
  CHECK(scene.wait_for_end(tid).end.code == 7);
}

TEST_CASE("A child that is left behind with the output open does not keep its task open", "[system]") {
  ExecScene scene;
  Exec exec = shell_command("sleep 600 & echo started=$!.; exit 4");
  exec.pipes = GENERATE(false, true);
  const Clock::time_point begin = Clock::now();
  const TaskResult result = scene.run(exec);
  CHECK(Clock::now() - begin < kTreeLimit);
  CHECK(result.end.code == 4);
  ::kill(number_after(result.output, "started="), SIGKILL);
}

TEST_CASE("What outlived its command outlives the agent, which ends what still runs", "[system]") {
  ExecScene scene;
  Exec ended = shell_command("(setsid sh -c 'echo left=$$.; exec sleep 600 >/dev/null 2>&1' &); exit 4");
  ended.pipes = GENERATE(false, true);
  const int left = number_after(scene.run(ended).output, "left=");
  const std::string tid = scene.send(shell_command(kDetached + "sleep 600"));
  const int child = number_after(scene.wait_for_output(tid, ".\r\n").output, "detached=");
  const int signal = GENERATE(SIGTERM, SIGKILL);
  scene.program().signal(signal);
  scene.session().reset();
  scene.program().wait();
  wait_for_death(static_cast<int>(scene.result(tid).start.pid));
  if (signal == SIGTERM) {
    CHECK_FALSE(is_alive(child));
  } else {
    ::kill(child, SIGKILL);  // only first processes end with an agent that is killed
  }
  CHECK(is_alive(left));
  ::kill(left, SIGKILL);
}

TEST_CASE("A command through pipes does not run on unseen when its agent is killed", "[system]") {
  ExecScene scene;
  Exec exec = shell_command("echo ready; while :; do sleep 600; done");
  exec.pipes = true;
  if (::geteuid() == 0 && GENERATE(false, true)) {
    exec.auth = "su";
    exec.user = "nobody";
  }
  const std::string tid = scene.send(exec);
  scene.wait_for_output(tid, "ready");
  scene.program().signal(SIGKILL);
  scene.program().wait();
  wait_for_death(static_cast<int>(scene.result(tid).start.pid));
}

TEST_CASE("An agent that stops says of each command that it has ended it", "[system]") {
  ExecScene scene("exec.max_running = 1\n");
  const std::string running = scene.send(shell_command("echo ready; sleep 600"));
  scene.wait_for_output(running, "ready");
  const std::string waiting = scene.send(shell_command("echo waits for its turn"));
  scene.session().send(R"({"type":10000,"tid":"after-those"})");
  scene.session().receive_type(10001);
  scene.program().signal(SIGTERM);
  const TaskResult& result = scene.wait_for_end(running);
  CHECK(result.end.code == -1);
  CHECK(result.end.signal == SIGKILL);
  CHECK(result.end.reason == "the agent was stopped");
  const TaskResult& never = scene.wait_for_end(waiting);
  CHECK_FALSE(never.start.ok);
  CHECK(never.start.msg == "the agent was stopped");
}

TEST_CASE("A command that restarts its agent is let finish, and is told that it need not wait", "[system]") {
  const int signal = GENERATE(SIGTERM, SIGINT);
  ExecScene scene;
  const TempDir dir;
  REQUIRE(std::system(("mkfifo " + dir.file("never")).c_str()) == 0);
  dir.write("systemctl", "#!/bin/sh\necho asks\nread nothing <" + dir.file("never") + "\n");
  std::filesystem::permissions(dir.file("systemctl"), std::filesystem::perms::owner_all);
  const std::string other = scene.send(shell_command("echo ready; sleep 600"));
  scene.wait_for_output(other, "ready");
  const std::string tid =
      scene.send(shell_command(dir.file("systemctl") + " restart exec-agent; echo code=$?; " +
                               dir.file("systemctl") + " start exec-agent.service; echo end"));
  scene.wait_for_output(tid, "asks");
  scene.program().signal(signal);
  const TaskResult& result = scene.wait_for_end(tid);
  CHECK_THAT(result.output, Catch::Contains("code=143") && Catch::Contains("end\r\n"));
  CHECK(result.end.code == 0);
  CHECK(result.end.reason == "");
  CHECK(scene.wait_for_end(other).end.reason == "the agent was stopped");
  CHECK(scene.program().wait() == 0);
}

TEST_CASE("A kill that asks for an answer learns whether there was such a command", "[system]") {
  ExecScene scene;
  const std::string tid = scene.send(shell_command("echo ready; sleep 600"));
  scene.wait_for_output(tid, "ready");
  const std::int64_t pid = scene.result(tid).start.pid;
  const auto ask = [&scene](std::int64_t of) {
    scene.session().send(agent::wire::ExecKill{.pid = of, .reply = true}, "kill");
    const agent::Envelope reply = agent::Envelope::parse(scene.session().receive_type(10102));
    CHECK(reply.tid() == "kill");
    return reply.payload<agent::wire::ExecKilled>().found;
  };
  CHECK_FALSE(ask(1));
  CHECK_FALSE(ask(pid + 100'000'000));
  CHECK(ask(pid));
}

TEST_CASE("A command outlives the session that it came in", "[system]") {
  ExecScene scene;
  const TempDir dir;
  REQUIRE(scene.run(shell_command("mkfifo " + dir.file("gate"))).end.code == 0);
  // More than fits between it and the agent: nobody takes it, and that stops nobody.
  const std::string talking = "yes | head -c 1000000; ";
  const std::string tid = scene.send(shell_command("echo here; cat " + dir.file("gate") + "; " + talking +
                                                   "echo done >" + dir.file("result")));
  scene.wait_for_output(tid, "here");
  scene.session().reset();
  scene.reconnect();
  scene.run(shell_command("echo >" + dir.file("gate")));
  wait_until("the command is done", [&] { return read_file(dir.file("result")) == "done\n"; });
  scene.check_unharmed();
}

TEST_CASE("Commands that wait for their turn are forgotten with their session", "[system]") {
  ExecScene scene("exec.max_running = 1\n");
  const TempDir dir;
  const std::string running = scene.send(shell_command("echo ready; sleep 600"));
  const std::int64_t pid = scene.wait_for_start(running).start.pid;
  for (int i = 0; i < 10; ++i) scene.send(shell_command("echo >>" + dir.file("traces")));
  scene.session().send(R"({"type":10000,"tid":"after-those"})");
  scene.session().receive_type(10001);
  scene.session().reset();
  scene.reconnect();
  scene.kill(pid);
  scene.check_unharmed();
  CHECK(read_file(dir.file("traces")).empty());
}

TEST_CASE("An agent that stops ends its commands and what they have started", "[system]") {
  ExecScene scene("exec.max_running = 2\n");
  const std::string first = scene.send(shell_command(kDetached + "sleep 600"));
  const std::string second =
      scene.send(shell_command("trap '' TERM HUP; echo ready; while :; do sleep 600; done"));
  scene.send(shell_command("echo waits for its turn"));
  const int child = number_after(scene.wait_for_output(first, ".\r\n").output, "detached=");
  scene.wait_for_output(second, "ready");
  const Clock::time_point begin = Clock::now();
  scene.program().signal(SIGTERM);
  CHECK(scene.session().receive_close().starts_with("1001"));
  CHECK(Clock::now() - begin < kTreeLimit);
  scene.session().close();
  CHECK(scene.program().wait() == 0);
  CHECK_FALSE(is_alive(child));
  CHECK_FALSE(is_alive(static_cast<int>(scene.result(first).start.pid)));
  CHECK_FALSE(is_alive(static_cast<int>(scene.result(second).start.pid)));
}

TEST_CASE("A hundred commands leave neither processes nor descriptors", "[system]") {
  ExecScene scene;
  scene.check_unharmed();
  const std::size_t descriptors = scene.program().descriptors();
  for (int i = 0; i < 100; ++i) {
    Exec exec = shell_command("echo " + std::to_string(i));
    exec.pipes = i % 2 == 0;
    scene.run(exec);
  }
  CHECK(scene.program().descriptors() == descriptors);
  const std::string pid = std::to_string(scene.program().pid());
  CHECK(read_file("/proc/" + pid + "/task/" + pid + "/children").empty());
}
