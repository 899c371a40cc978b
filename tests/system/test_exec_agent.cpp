// What comes back of a command: its output and the order of messages.
#include <unistd.h>

#include <filesystem>
#include <random>

#include "tests/system/exec_scene.hpp"

using namespace test;
using agent::wire::Exec;

namespace {

constexpr std::size_t kIdleBytes = 6'000'000;

std::string random_bytes(std::size_t size) {
  std::mt19937_64 random(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

Exec piped(std::string line) {
  Exec exec = shell_command(std::move(line));
  exec.pipes = true;
  return exec;
}

std::string repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("A command's start, its output and its end come in this order", "[system]") {
  ExecScene scene;
  const TaskResult result = scene.run(shell_command("echo one; echo two >&2; exit 3"));
  CHECK(result.start.ok);
  CHECK(result.start.pid > 1);
  CHECK(result.start.msg.empty());
  CHECK(result.output == "one\r\ntwo\r\n");
  CHECK(result.end.code == 3);
  CHECK(result.end.signal == 0);
  CHECK_FALSE(result.end.timed_out);
  CHECK_FALSE(result.start.time.is_zero());
  CHECK(result.end.time.seconds >= result.start.time.seconds);
}

TEST_CASE("A megabyte comes whole, in order, before the end, in messages of 64 KiB at most", "[system]") {
  const bool pipes = GENERATE(false, true);
  ExecScene scene;
  Exec exec = shell_command(
      "i=0; while [ $i -lt 20000 ]; do echo line-$i-abcdefghijklmnopqrstuvwxyz-0123456789; "
      "i=$((i+1)); done");
  exec.pipes = pipes;
  const TaskResult result = scene.run(exec);
  std::string expected;
  for (int i = 0; i < 20000; ++i) {
    expected +=
        "line-" + std::to_string(i) + "-abcdefghijklmnopqrstuvwxyz-0123456789" + (pipes ? "\n" : "\r\n");
  }
  CHECK(result.output == expected);
  CHECK(result.largest_piece <= 64 * 1024);
}

TEST_CASE("Random bytes arrive as they were written, through pipes and through a raw terminal", "[system]") {
  const std::string line = GENERATE("cat ", "stty raw; cat ");
  const std::string bytes = random_bytes(1 << 20);
  ExecScene scene;
  const TempDir dir;
  Exec exec = shell_command(line + dir.write("random", bytes));
  exec.pipes = line == "cat ";
  const TaskResult result = scene.run(exec);
  CHECK(result.output.size() == bytes.size());
  CHECK(result.output == bytes);
}

TEST_CASE("UTF-8 stays as it is, of two bytes or more and wherever it is split", "[system]") {
  const std::string text =
      repeat("caf\xc3\xa9 \xd0\xb4\xd0\xb0 \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80|", 3000);
  const std::string dot = GENERATE("", ".", "..", "...");  // moves the borders of the reads
  ExecScene scene;
  const TempDir dir;
  const std::string path = dir.write("text", dot + text);
  CHECK(scene.run(shell_command("stty -opost; cat " + path)).output == dot + text);
  CHECK(scene.run(piped("cat " + path)).output == dot + text);
}

TEST_CASE("Another character set is converted only where the configuration names it", "[system]") {
  const std::string gbk = "\xd6\xd0\xce\xc4";
  const std::string line = R"(printf '\326\320\316\304')";
  ExecScene plain;
  CHECK(plain.run(shell_command(line)).output == gbk);
  ExecScene converting("exec.charset = GBK\n");
  CHECK(converting.run(shell_command(line)).output == "\xe4\xb8\xad\xe6\x96\x87");
}

TEST_CASE("Arguments are joined for the shell, or reach the program as they are", "[system]") {
  ExecScene scene;
  Exec exec = shell_command("printf");
  exec.args = {"'<%s>'", "a  b", "$((1+1))", ""};
  CHECK(scene.run(exec).output == "<a><b><2>");
  exec.argv = true;
  exec.args.front() = "<%s>";
  CHECK(scene.run(exec).output == "<a  b><$((1+1))><>");
}

TEST_CASE("Environment and working directory are the request's", "[system]") {
  ExecScene scene;
  const TempDir dir;
  Exec exec = shell_command("echo $GREETING; pwd; tty >/dev/null && echo terminal");
  exec.env = {"GREETING=hello", "OTHER=x"};
  exec.workdir = dir.path();
  CHECK(scene.run(exec).output == "hello\r\n" + dir.path() + "\r\nterminal\r\n");
  exec.pipes = true;
  CHECK(scene.run(exec).output == "hello\n" + dir.path() + "\n");
}

TEST_CASE("A command that reads its input finds the end of it", "[system]") {
  ExecScene scene;
  Exec exec = shell_command(GENERATE("cat; echo over", "cat; cat; echo over"));
  exec.pipes = GENERATE(false, true);
  if (::geteuid() == 0 && GENERATE(false, true)) exec.auth = "su", exec.user = "root";
  exec.timeout = 20;
  const TaskResult result = scene.run(exec);
  CHECK(result.output == (exec.pipes ? "over\n" : "over\r\n"));
  CHECK(result.end.code == 0);
}

TEST_CASE("Commands run beside each other and each has its own output", "[system]") {
  ExecScene scene;
  const TempDir dir;
  REQUIRE(scene.run(shell_command("mkfifo " + dir.file("gate"))).end.code == 0);
  const std::string waiting = scene.send(shell_command("echo first; cat " + dir.file("gate") + "; exit 5"));
  scene.wait_for_output(waiting, "first");
  const TaskResult opening = scene.run(shell_command("echo second; echo opened >" + dir.file("gate")));
  CHECK(opening.output == "second\r\n");
  const TaskResult& opened = scene.wait_for_end(waiting);
  CHECK(opened.output == "first\r\nopened\r\n");
  CHECK(opened.end.code == 5);
}

TEST_CASE("A thousand commands at once: so many run as the configuration says, the others follow",
          "[system]") {
  ExecScene scene("exec.max_running = 8\n");
  std::vector<std::string> tids;
  for (int i = 0; i < 1000; ++i) tids.push_back(scene.send(shell_command("echo " + std::to_string(i))));
  for (int i = 0; i < 1000; ++i) {
    const TaskResult& result = scene.wait_for_end(tids[static_cast<std::size_t>(i)]);
    CHECK(result.start.msg == "");
    CHECK(result.output == std::to_string(i) + "\r\n");
    CHECK(result.end.code == 0);
  }
  CHECK(scene.most_at_once() == 8);
  CHECK(std::distance(
            std::filesystem::directory_iterator("/proc/" + std::to_string(scene.program().pid()) + "/task"),
            {}) < 10);
}

TEST_CASE("An idle exec-agent is small", "[system]") {
  ExecScene scene;
  scene.check_unharmed();
  check_memory(scene.program(), kIdleBytes);
}
