// Commands that are not started, and who may run as whom.
#include <unistd.h>

#include "tests/support/json_text.hpp"
#include "tests/system/exec_scene.hpp"

using namespace test;
using agent::wire::Exec;

namespace {

const std::string kPassword = "sesame-0815";

Exec as_user(const std::string& auth, const std::string& user) {
  Exec exec = shell_command("id -un");
  exec.auth = auth;
  exec.user = user;
  exec.pass = kPassword;
  return exec;
}

bool is_root() { return ::geteuid() == 0; }

}  // namespace

TEST_CASE("A command that cannot be started says why, and nothing follows", "[system]") {
  Exec exec = shell_command("true");
  std::string reason;
  SECTION("no such directory") {
    exec.workdir = "/no/such/directory";
    reason = "chdir /no/such/directory: No such file or directory";
  }
  SECTION("no such program") {
    exec.cmd = "/no/such/program";
    exec.argv = true;
    reason = "exec /no/such/program: No such file or directory";
  }
  SECTION("a NUL in the command") {
    exec.cmd = std::string("echo a\0b", 8);
    reason = "NUL";
  }
  SECTION("a NUL in an argument") {
    exec.args = {std::string("\0", 1)};
    reason = "NUL";
  }
  SECTION("an auth that does not exist") {
    exec.auth = "magic";
    reason = "sudo";
  }
  SECTION("no user") {
    exec.auth = "sudo";
    reason = "no user set";
  }
  SECTION("an unknown user") {
    if (!is_root()) return;
    exec.auth = "su";
    exec.user = "no-such-user";
    reason = "no-such-user";
  }
  SECTION("ten megabytes of arguments") {
    exec.args.assign(10, std::string(1024 * 1024, 'x'));
    reason = "Argument list too long";
  }
  SECTION("ten megabytes of arguments without a shell") {
    exec.args.assign(100'000, std::string(100, 'x'));
    exec.argv = true;
    reason = "Argument list too long";
  }
  ExecScene scene;
  const TaskResult result = scene.run(exec);
  CHECK_FALSE(result.start.ok);
  CHECK(result.start.pid == 0);
  CHECK_THAT(result.start.msg, Catch::Contains(reason));
  CHECK_FALSE(result.start.time.is_zero());
  scene.check_unharmed();
}

TEST_CASE("A command that the shell does not know is started and ends with 127", "[system]") {
  ExecScene scene;
  const TaskResult result = scene.run(shell_command("no-such-command-0815"));
  CHECK(result.start.ok);
  CHECK(result.end.code == 127);
  CHECK_THAT(result.output, Catch::Contains("not found"));
}

TEST_CASE("A payload that does not fit is answered with an error", "[system]") {
  ExecScene scene;
  scene.session().send(R"({"type":10,"tid":"t-1","exec":{"cmd":["no","text"]}})");
  CHECK_THAT(scene.session().receive_type(0), Catch::Contains("cmd"));
  scene.session().send(R"({"type":10,"tid":"t-2"})");
  CHECK_THAT(scene.session().receive_type(0), Catch::Contains("exec"));
  scene.check_unharmed();
}

TEST_CASE("An agent that runs as root becomes another user without a password", "[system]") {
  if (!is_root()) return;
  ExecScene scene("basic.log.level = debug\n");
  const TaskResult result = scene.run(as_user(GENERATE("su", "sudo", "SUDO"), "nobody"));
  CHECK(result.output == "nobody\r\n");
  CHECK(result.end.code == 0);
  CHECK(scene.program().count(kPassword) == 0);
}

TEST_CASE("Only users that exec.users names can be become", "[system]") {
  ExecScene scene("exec.users = nobody,daemon\n");
  const TaskResult refused = scene.run(as_user("su", "root"));
  CHECK_FALSE(refused.start.ok);
  CHECK(refused.start.msg == "user root is not allowed by exec.users");
  if (is_root()) CHECK(scene.run(as_user("sudo", "daemon")).output == "daemon\r\n");
  scene.check_unharmed();  // without auth nobody is become
  CHECK(scene.program().count(kPassword) == 0);
}

TEST_CASE("A command is refused when the queue is full", "[system]") {
  ExecScene scene("exec.max_running = 1\nexec.max_waiting = 1\n");
  const TempDir dir;
  REQUIRE(scene.run(shell_command("mkfifo " + dir.file("gate"))).end.code == 0);
  const std::string first = scene.send(shell_command("cat " + dir.file("gate")));
  scene.wait_for_start(first);
  const std::string second = scene.send(shell_command("echo second"));
  const TaskResult third = scene.run(shell_command("echo third"));
  CHECK_FALSE(third.start.ok);
  CHECK(third.start.msg == "too many commands are running (limit 1)");
  CHECK(third.start.too_many);
  CHECK_FALSE(scene.result(second).answered);
  scene.kill(scene.result(first).start.pid);
  CHECK(scene.wait_for_end(second).output == "second\r\n");
  CHECK(scene.result(first).over);
}

TEST_CASE("A file that the server has not uploaded for a command stays", "[system]") {
  ExecScene scene;
  const TempDir dir;
  Exec exec = shell_command("cat");
  exec.drm = dir.write("precious", "text");
  exec.args = {exec.drm};
  CHECK(scene.run(exec).output == "text");
  scene.check_unharmed();
  CHECK(read_file(exec.drm) == "text");
}
