// agentctl through pipes: what scripts rely on.
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>

#include "tests/support/certificates.hpp"
#include "tests/support/exec_swarm.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/places.hpp"
#include "tests/system/ctl_scene.hpp"
#include "tests/system/page.hpp"

using namespace test;

namespace {

struct ExecScene : CtlScene {
  ExecScene() : agent(server.address(), "exec-1", "", kExecAgentProgram) { server.wait_for_agent("exec-1"); }
  AgentProgram agent;
};

}  // namespace

TEST_CASE("agentctl lists agents in every form", "[system]") {
  ExecScene scene;
  CHECK(scene.run("agentctl agents -o name").out == "exec-1\n");
  CHECK(scene.run("agentctl agents ls").out.starts_with("ID      TYPE        VERSION"));
  CHECK(scene.run("agentctl agents -o wide").out.find("ARCH") != std::string::npos);
  CHECK(json_at(scene.run("agentctl agents -o json").out, "0.id") == "exec-1");
  CHECK(scene.run("agentctl agents -o yaml").out.starts_with("- id: exec-1\n  type: exec-agent\n"));
  CHECK(scene.run("agentctl get exec-1").out.find("type      exec-agent\n") != std::string::npos);
  CHECK(json_at(scene.run("agentctl server -o json").out, "agents") == "1");
  CHECK(scene.run("agentctl agents --where 'os=linux and name=exec-*' -o name").out == "exec-1\n");
}

TEST_CASE("agentctl says where a selector is wrong and fails for one that matches nobody", "[system]") {
  ExecScene scene;
  const CtlRun wrong = scene.run("agentctl agents --where 'nmae=x'");
  CHECK(wrong.code == 1);
  CHECK(wrong.err.find("where: character 1: unknown field 'nmae', did you mean 'name'?") !=
        std::string::npos);
  const CtlRun none = scene.run("agentctl run --where 'name=db-*' -- true");
  CHECK(none.code == 125);
  CHECK(none.err == "agentctl: no connected agent matches 'name=db-*'\n");
}

TEST_CASE("agentctl run passes output and exit code through", "[system]") {
  ExecScene scene;
  const CtlRun one = scene.run("agentctl run -a exec-1 -- printf '%s|' 'a b' '*' \"it's\"");
  CHECK(one.code == 0);
  CHECK(one.out == "a b|*|it's|");
  CHECK(one.err.empty());
  CHECK(scene.run("agentctl run -a exec-1 -- 'echo one; echo two | tr o 0; exit 7'").out == "one\ntw0\n");
  CHECK(scene.run("agentctl run -a exec-1 -- 'exit 7'").code == 7);
  CHECK(scene.run("agentctl run -a exec-1 --timeout 1 -- sleep 60").code == 124);
  CHECK(scene.run("agentctl run -a exec-1 -- 'kill -9 $$'").code == 137);
  CHECK(scene.run("agentctl run -a exec-1 -e 'A=x,y' --workdir / -- 'echo $A $PWD'").out == "x,y /\n");
}

TEST_CASE("agentctl run keeps every byte of a large output", "[system]") {
  ExecScene scene;
  const CtlRun run = scene.run(
      "agentctl run -a exec-1 -- 'head -c 20000000 /dev/zero | tr \"\\0\" \"\\377\"' | sha256sum; "
      "head -c 20000000 /dev/zero | tr '\\0' '\\377' | sha256sum");
  CHECK(run.out.substr(0, 64) == run.out.substr(run.out.size() / 2, 64));
  CHECK(run.err.empty());
}

TEST_CASE("agentctl is silent behind head", "[system]") {
  ExecScene scene;
  const CtlRun run = scene.run("agentctl run -a exec-1 -- 'yes' | head -n 2");
  CHECK(run.out == "y\ny\n");
  CHECK(run.err.empty());
  wait_until("`yes` has ended, too", [&] { return scene.run("agentctl ps -o name").out.empty(); });
}

TEST_CASE("agentctl has a word for an agent that is unknown and for one that is away", "[system]") {
  ExecScene scene;
  scene.run("agentctl run -a exec-1 -- true");
  {
    AgentProgram second(scene.server.address(), "exec-2", "", kExecAgentProgram);
    scene.server.wait_for_agent("exec-2");
    CHECK(scene.run("agentctl run -a exec-2 --detach -- sleep 100").out.starts_with("exec-2/"));
  }
  scene.server.wait_for_loss("exec-2");
  const CtlRun run = scene.run("agentctl run -a exec-1,exec-2,nobody -- echo hello");
  CHECK(run.code == 1);
  CHECK(run.out == "exec-1: hello\n");
  CHECK(run.err.find("exec-1  ok       0") != std::string::npos);
  CHECK(run.err.find("exec-2  offline  -") != std::string::npos);
  CHECK(run.err.find("nobody  unknown  -") != std::string::npos);
  CHECK(run.err.find("1 ok, 1 unknown, 1 offline\n") != std::string::npos);
  const CtlRun one = scene.run("agentctl run -a nobody -- true");
  CHECK(one.code == 125);
  CHECK(one.err == "agentctl: nobody: unknown: not found: agent\n");
}

TEST_CASE("agentctl neutralises what several machines write and keeps it in JSON", "[system]") {
  ExecScene scene;
  const std::string command = " -- 'printf \"a\\rb\\033[2J\\n\"'";
  CHECK(scene.run("agentctl run --all" + command).out == "exec-1: a\\rb\\x1b[2J\n");
  CHECK(scene.run("agentctl run -a exec-1" + command).out == "a\rb\x1b[2J\n");
  CHECK(json_at(scene.run("agentctl run --all -o json" + command).out, "0.output") == "a\rb\x1b[2J\n");
}

TEST_CASE("agentctl --fail-fast shows what failed and lists what was not begun", "[system]") {
  ExecScene scene;
  const CtlRun run = scene.run("agentctl run -a nobody,exec-1 --parallel 1 --fail-fast -- echo hello");
  CHECK(run.code == 1);
  CHECK(run.out.empty());
  CHECK(run.err.find("nobody  unknown") != std::string::npos);
  CHECK(run.err.find("exec-1  not begun") != std::string::npos);
}

TEST_CASE("agentctl starts, lists, follows and ends commands", "[system]") {
  ExecScene scene;
  std::string task = scene.run("agentctl run -a exec-1 --detach -- 'echo begun; sleep 1000'").out;
  task.pop_back();
  CHECK(scene.run("agentctl ps").out.find(task) != std::string::npos);
  CHECK(scene.run("agentctl kill " + task).code == 0);
  const CtlRun followed = scene.run("agentctl follow " + task);
  CHECK(followed.out == "begun\n");
  CHECK(followed.code == 137);
  CHECK(scene.run("agentctl ps -o name").out.empty());
  CHECK(scene.run("agentctl ps --finished -o name").out == task + "\n");
  const std::string id = task.substr(task.find('/') + 1);
  CHECK(scene.run("agentctl follow " + id).out == "begun\n");
  CHECK(scene.run("agentctl follow exec-1/none").code == 125);
}

TEST_CASE("agentctl follows a command across a restart of the server without losing a byte", "[system]") {
  ExecScene scene;
  const std::string command =
      "agentctl run -a exec-1 -- 'for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.3; done'";
  Program run("/bin/bash", {"-c", scene.line(command)});
  run.wait_for("line 2");
  scene.server.restart(SIGKILL);
  CHECK(run.wait() == 0);
  std::string expected;
  for (int i = 1; i <= 9; ++i) expected += "line " + std::to_string(i) + "\n";
  std::string lines;  // without the hint that the connection broke off
  std::istringstream text(run.output());
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("line ")) lines += line + "\n";
  }
  CHECK(lines == expected);
}

TEST_CASE("agentctl runs scripts and layouts", "[system]") {
  ExecScene scene;
  scene.dir.write("x.sh", "#!/bin/sh\necho \"$1-$2\"\nexit 3\n");
  const CtlRun one = scene.run("agentctl script $DIR/x.sh -a exec-1 -- a,b c");
  CHECK(one.out == "a,b-c\r\n");
  CHECK(one.code == 3);
  scene.dir.write("ok.sh", "#!/bin/sh\nexit 0\n");
  const CtlRun layout = scene.run("agentctl layout run $DIR/ok.sh --group exec-1 --watch");
  CHECK(layout.code == 0);
  CHECK(layout.out.find("exec-1      1  done       0") != std::string::npos);
  CHECK(scene.run("agentctl layout run $DIR/x.sh --all --watch").code == 1);
  CHECK(scene.run("agentctl layout status none").code == 1);
}

TEST_CASE("agentctl calls a custom agent and prints its replies", "[system]") {
  CtlScene scene;
  AgentProgram agent(scene.server.address(), "hello-1", "", built_program("hello-agent"));
  scene.server.wait_for_agent("hello-1");
  CHECK(scene.run("agentctl call hello-1 --type 1001 '{\"foo\":{\"name\":\"world\"}}'").out ==
        R"({"type":1002,"bar":{"greeting":"hello, world"}})"
        "\n");
  CHECK(scene.run("echo '{\"type\":1001,\"foo\":{\"name\":\"pipe\"}}' | agentctl call hello-1 -")
            .out.find("hello, pipe") != std::string::npos);
  const CtlRun none = scene.run("agentctl call hello-1 '{\"type\":1999}'");
  CHECK(none.code == 1);
  CHECK(none.err.find("(code 424)") != std::string::npos);
}

TEST_CASE("agentctl says what happened and where and what to do", "[system]") {
  TempDir tokens;
  const std::string token = "0123456789abcdef-secret";
  ::chmod(tokens.write("api", "me " + token + "\n").c_str(), 0600);
  CtlScene scene("api_token_file = " + tokens.file("api") + "\n");
  const CtlRun none = scene.run("agentctl agents");
  CHECK(none.code == 1);
  CHECK(none.err.find("http://" + scene.server.address() + ": ") != std::string::npos);
  CHECK(none.err.find("the server wants a token: --token-file FILE") != std::string::npos);
  scene.dir.write("token", token + "\n");
  ::chmod(scene.dir.file("token").c_str(), 0644);
  CHECK(scene.run("agentctl agents --token-file $DIR/token").err.find("chmod 600") != std::string::npos);
  ::chmod(scene.dir.file("token").c_str(), 0600);
  CHECK(scene.run("agentctl agents --token-file $DIR/token").code == 0);
  CHECK(scene.run("AGENTCTL_TOKEN_FILE=$DIR/token agentctl agents").code == 0);
  const CtlRun refused = scene.run("agentctl agents --url http://127.0.0.1:1");
  CHECK(refused.code == 1);
  CHECK(refused.err.find("start agent-server there, or correct the URL") != std::string::npos);
  CHECK(scene.run("agentctl run -a x --url http://127.0.0.1:1 -- true").code == 125);
  CHECK(scene.run("agentctl nonsense").code == 2);
  CHECK(scene.run("agentctl run --nonsense -- true").code == 125);
}

TEST_CASE("agentctl uses the current context of its file", "[system]") {
  ExecScene scene;
  scene.dir.write("config.yaml", "current: here\ncontexts:\n  here:\n    url: http://" +
                                     scene.server.address() + "\n  away:\n    url: http://127.0.0.1:1\n");
  CHECK(scene.run("unset AGENTCTL_URL; agentctl agents -o name").out == "exec-1\n");
  CHECK(scene.run("agentctl agents --context away").code == 1);
  CHECK(scene.run("agentctl agents --context none").err.find("there are: away, here") != std::string::npos);
}

TEST_CASE("agentctl doctor finds nothing wrong where all is well and says what is wrong", "[system]") {
  ExecScene scene;
  const CtlRun well = scene.run("agentctl doctor");
  CHECK(well.code == 0);
  for (const char* check :
       {"ok      settings", "ok      reach", "ok      clock", "ok      token", "ok      server"})
    CHECK(well.out.find(check) != std::string::npos);
  const CtlRun away = scene.run("agentctl doctor --url http://127.0.0.1:1");
  CHECK(away.code == 1);
  CHECK(away.out.find("failed  reach") != std::string::npos);
  CHECK(away.out.find("fix: start agent-server there") != std::string::npos);
  scene.dir.write("config.yaml", "curent: x\n");
  CHECK(scene.run("agentctl doctor").out.find("failed  settings") != std::string::npos);
}

TEST_CASE("agentctl doctor says when the server's certificate ends, also when that is why it fails",
          "[system]") {
  const Certificates made;
  const std::string key = "tls.key = " + made.server_key() + "\n";
  const CtlScene good("tls.cert = " + made.server_cert() + "\n" + key);
  const auto doctor = [&made](const CtlScene& scene) {
    return scene.run("AGENTCTL_URL=https://" + scene.server.address() + " agentctl doctor --ca " + made.ca());
  };
  const CtlRun well = doctor(good);
  INFO(well.out);
  CHECK(well.out.find("certificate   the server's certificate ") != std::string::npos);
  CHECK(well.out.find("ok      token") != std::string::npos);
  const CtlScene old("tls.cert = " + made.outdated_cert() + "\n" + key);
  const CtlRun over = doctor(old);
  CHECK(over.code == 1);
  CHECK(over.out.find("failed  certificate   the server's certificate ended on ") != std::string::npos);
  CHECK(over.out.find("renew it at the server") != std::string::npos);
}

TEST_CASE("agentctl shows logs, metrics and the audit log", "[system]") {
  ExecScene scene;
  CHECK(scene.run("agentctl metrics").out.find("# TYPE ") != std::string::npos);
  CHECK(scene.run("agentctl logs exec-1 -o json").code == 0);
  scene.run("agentctl run -a exec-1 -- 'echo audited'");
  const std::string file = scene.server.dir().file("data") + "/audit.log";
  wait_until("the line", [&] {  // it is in the file some time later
    const CtlRun audit = scene.run("agentctl audit tail --file " + file + " -n 2");
    CHECK(audit.code == 0);
    return audit.out.find("echo audited") != std::string::npos;
  });
}

TEST_CASE("The lines of docs/agentctl.md do what the page says", "[system][docs]") {
  ExecScene scene;
  std::string task;
  std::size_t lines = 0;
  for (const std::string& line : shell_lines("docs/agentctl.md")) {
    INFO(line);
    const CtlRun run =
        scene.run("TASK=" + task + "; " + line + (line.starts_with("TASK=") ? "; echo $TASK" : ""));
    INFO(run.out + run.err);
    CHECK(run.code == 0);
    if (line.starts_with("TASK=")) task = run.out.substr(0, run.out.size() - 1);
    if (line.find("follow") != std::string::npos) CHECK(run.out == "tick 1\ntick 2\ntick 3\n");
    if (line.find("agentctl script") != std::string::npos) CHECK(run.out == "hello, world\r\n");
    ++lines;
  }
  CHECK(lines == 26);
}

TEST_CASE("agentctl runs on a thousand machines of which fifty hang and twenty vanish", "[system]") {
  CtlScene scene;
  std::vector<std::string> ids;
  for (int i = 0; i < 930; ++i) ids.push_back("good-" + std::to_string(i));
  for (int i = 0; i < 50; ++i) ids.push_back("hang-" + std::to_string(i));
  for (int i = 0; i < 20; ++i) ids.push_back("vanish-" + std::to_string(i));
  const ExecSwarm swarm(scene.server.port(), ids);
  const CtlRun run = scene.run("agentctl run --all --parallel 100 --silence 3 -- true", 6 * kPatience);
  CHECK(run.code == 1);
  CHECK(std::count(run.out.begin(), run.out.end(), '\n') == 930);
  CHECK(run.out.find("good-929: hello from good-929\n") != std::string::npos);
  INFO(run.err.substr(run.err.size() < 600 ? 0 : run.err.size() - 600));
  CHECK(run.err.find("930 ok") != std::string::npos);
  CHECK(run.err.find("50 silent") != std::string::npos);
  CHECK(run.err.find("20 lost") != std::string::npos);
  CHECK(run.err.find("hang-49") != std::string::npos);
  CHECK(run.err.find("vanish-19") != std::string::npos);
  CHECK(run.err.find("good-") == std::string::npos);
}

TEST_CASE("Names that would be commands in a shell are not offered to complete a word", "[system]") {
  TempDir dir;
  const std::string mark = dir.file("run");
  const std::string text = "source <(" + built_program("agentctl") +
                           " completion bash)\n"
                           "agentctl() { printf '%s\\n' '$(touch " +
                           mark + ")' '`touch " + mark + "`' 'web-1' 'a b' '-x' 'web-2;ls'; }\n" +
                           "COMP_LINE='agentctl get web' COMP_POINT=16\n_agentctl\n"
                           "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
  const auto [code, output] = run_program("/bin/bash", {"-c", text});
  CHECK(code == 0);
  CHECK(output == "web-1\n");
  CHECK_FALSE(std::filesystem::exists(mark));
}
