// Commands from the API to the machine and back: server and exec-agent, both real.
#include <catch2/catch.hpp>
#include <csignal>
#include <future>

#include "agent/base64.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/system/command_pair.hpp"

using namespace test;

namespace {

std::string form(const std::string& fields) { return fields + "--b--\r\n"; }
std::string field(const std::string& name, const std::string& value) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}
std::string script(const std::string& content) {
  return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"s.sh\"\r\n\r\n" + content + "\r\n";
}
const Headers kForm{{"Content-Type", "multipart/form-data; boundary=b"}};

// A command of which not all `size` bytes are kept, and which ends with `code`.
std::string start_cut(CommandClient& client, const std::string& size, const std::string& code) {
  const std::string id = client.start("head -c " + size + " /dev/zero; exit " + code);
  client.wait_for_state(id, "done");
  CHECK(client.task(id, "code") == code);
  CHECK(client.task(id, "truncated") == "true");
  CHECK(client.task(id, "output_size") == size);
  return id;
}

}  // namespace

TEST_CASE("A command runs on the agent's machine and answers", "[system]") {
  CommandPair pair;
  CommandClient client = pair.client();
  const CommandResult result = client.run("echo out; echo err >&2; exit 3");
  CHECK(result.code == 3);
  CHECK(result.output == "out\nerr\n");
  CHECK(client.run("printf %s \"$A\"", R"("env":["A=b c"])").output == "b c");
  CHECK(client.run("pwd", R"("workdir":"/")").output == "/\n");
  CHECK(client.run("printf", R"("argv":true,"args":["%s|","a b","*"])").output == "a b|*|");
  CHECK(json_at(pair.server.get("/api/exec/exec-1/tasks"), "payload") == "[]");
}

TEST_CASE("A command in its time-out, or killed, says so", "[system]") {
  CommandPair pair;
  CommandClient client = pair.client();
  const CommandResult late = client.run("sleep 60", R"("timeout":1)");
  CHECK(late.code == -1);
  CHECK(json_at(late.body, "payload.result.timed_out") == "true");
  const std::string id = client.start("sleep 60");
  client.kill(client.task(id, "pid"));
  client.wait_for_state(id, "done");
  CHECK(client.task(id, "code") == "-1");
  CHECK(client.task(id, "signal") == "9");
}

TEST_CASE("A kill of a process id that does not run is 404", "[system]") {
  CommandPair pair;
  CommandClient client = pair.client();
  const auto kill = [&client](const std::string& pid) {
    return json_at(client.http().request("DELETE", "/api/exec/exec-1/kill/" + pid).body, "code");
  };
  CHECK(kill("1") == "404");
  CHECK(kill("999999999") == "404");
  const std::string id = client.start("sleep 60");
  CHECK(kill(client.task(id, "pid")) == "200");
  client.wait_for_state(id, "done");
  CHECK(kill(client.task(id, "pid")) == "404");
}

TEST_CASE("Tasks of an agent that is stopped say that it has ended them", "[system]") {
  CommandPair pair;
  CommandClient client = pair.client();
  auto answer = std::async(std::launch::async, [waiting = pair.client()]() mutable {
    return waiting.run("echo waited for; sleep 60").body;
  });
  const std::string id = client.start("echo begun; sleep 60");
  wait_until("both commands", [&] { return json_at(client.get("/tasks"), "payload.1.state") == "running"; });
  wait_until("output", [&] { return client.output(id) == "begun\n"; });
  pair.agent.program().signal(SIGTERM);
  const std::string body = answer.get();
  CHECK(json_at(body, "payload.result.code") == "-1");
  CHECK(json_at(body, "payload.result.reason") == "the agent was stopped");
  client.wait_for_state(id, "done");
  CHECK(client.task(id, "code") == "-1");
  CHECK(client.task(id, "reason") == "the agent was stopped");
  CHECK(client.output(id) == "begun\n");
  CHECK(pair.agent.program().wait() == 0);
}

TEST_CASE("A start that fails is the system's text", "[system]") {
  CommandPair pair;
  const std::string body =
      pair.client()
          .http()
          .request("POST", "/api/exec/exec-1/run", {}, R"({"cmd":"x","workdir":"/nowhere"})")
          .body;
  CHECK(json_at(body, "code") == "503");
  CHECK(json_at(body, "msg").find("/nowhere") != std::string::npos);
}

TEST_CASE("What an agent has no room for is 429", "[system]") {
  ServerProgram server;
  AgentProgram agent(server.address(), "exec-1", "exec.max_running = 1\nexec.max_waiting = 1\n",
                     kExecAgentProgram);
  server.wait_for_agent("exec-1");
  CommandClient client(server, "exec-1");
  const std::string running = client.start("sleep 60");
  client.wait_for_state(running, "running");
  HttpClient waiting = server.client();
  auto second = std::async(std::launch::async, [&waiting] {
    return waiting.request("POST", "/api/exec/exec-1/run", {}, R"({"cmd":"echo second"})").body;
  });
  wait_until("the second command",
             [&] { return server.metric("agent_server_tasks{state=\"starting\"}") == 1; });
  const HttpReply third =
      client.http().request("POST", "/api/exec/exec-1/run", {}, R"({"cmd":"echo third"})");
  CHECK(third.status == 429);
  CHECK(third.header("Retry-After") == "1");
  CHECK(json_at(third.body, "msg") == "too many commands are running (limit 1)");
  client.kill(client.task(running, "pid"));
  CHECK(json_at(second.get(), "payload.result.data") == "c2Vjb25kDQo=");
}

TEST_CASE("Output goes on where it stopped, however often the connection is cut", "[system]") {
  CommandPair pair;
  CommandClient client = pair.client();
  const std::string id =
      client.start("for i in $(seq 1 100); do seq $((i*1000)) $((i*1000+399)); sleep 0.02; done");
  for (int i = 0; i < 4; ++i) {
    const std::size_t sessions = pair.agent.sessions();
    wait_until("more output", [&, before = client.output(id).size()] {
      return client.output(id).size() > before || client.task(id, "state") == "done";
    });
    pair.proxy.reset();
    wait_until("a new session", [&] { return pair.agent.sessions() > sessions; });
  }
  client.wait_for_state(id, "done");
  CHECK(client.task(id, "code") == "0");
  std::string expected;
  for (int i = 1; i <= 100; ++i)
    for (int j = i * 1000; j <= i * 1000 + 399; ++j) expected += std::to_string(j) + "\n";
  CHECK((client.output(id) == expected));
}

TEST_CASE("A command whose agent is killed is lost, and says so", "[system]") {
  CommandPair pair;
  CommandClient client = pair.client();
  const std::string id = client.start("echo begun; sleep 60");
  wait_until("the beginning", [&] { return client.output(id) == "begun\n"; });
  pair.agent.program().signal(SIGKILL);
  pair.agent.restart();
  client.wait_for_state(id, "lost");
  CHECK(client.task(id, "code") == "-65533");
  CHECK(client.output(id) == "begun\n");
}

TEST_CASE("Output beyond the limit is counted, never cut in silence", "[system]") {
  CommandPair pair("tasks.output_limit = 1Mi\n");
  CommandClient client = pair.client();
  const std::string id = start_cut(client, "5000000", "0");
  CHECK(client.task(id, "kept_size") == "1048576");
  CHECK(client.output(id).size() == 1'048'576);
  // A client that follows sees that this is not all: the body breaks off.
  CHECK_THROWS(client.get("/tasks/" + id + "/output?follow=1"));
}

TEST_CASE("A data_dir that is full cuts output, which is told, and commands go on", "[system]") {
  TempDir dir;
  SmallDisk disk(dir.file("small"));
  if (!disk.is_mounted()) return;
  CommandPair pair("data_dir = " + dir.file("small/data") + "\n");
  CommandClient client = pair.client();
  const std::string id = start_cut(client, "20000000", "3");
  const std::size_t kept = client.output(id).size();
  CHECK(kept == std::stoul(client.task(id, "kept_size")));
  CHECK(kept < 2 * 1024 * 1024);
  CHECK(client.run("echo on; exit 4").code == 4);  // needs no disk
}

TEST_CASE("A result that is too large for an answer says so and is kept", "[system]") {
  CommandPair pair;
  CommandClient client = pair.client();
  const CommandResult result = client.run("head -c 20000000 /dev/zero");
  CHECK(result.code == 0);
  CHECK(result.output.size() == 16 * 1024 * 1024);
  CHECK(json_at(result.body, "payload.result.truncated") == "true");
  CHECK(json_at(result.body, "payload.result.output_size") == "20000000");
  CHECK(client.output(json_at(result.body, "payload.id")).size() == 20'000'000);
}

TEST_CASE("A script runs with its arguments and leaves nothing behind", "[system]") {
  CommandPair pair;
  HttpClient http = pair.server.client();
  const std::string body =
      http.request("POST", "/api/script/exec-1/run", kForm,
                   form(script("echo \"$0\" \"$1\"; exit 6") + field("type", "sh") + field("args", "word")))
          .body;
  CHECK(json_at(body, "payload.code") == "6");
  const std::string output = agent::decode_base64(json_at(body, "payload.data"));
  const std::string path = output.substr(0, output.find(' '));
  CHECK(output.find(".sh word") != std::string::npos);
  CHECK(::access(path.c_str(), F_OK) != 0);
}

TEST_CASE("A script's arguments and environment may have commas", "[system]") {
  CommandPair pair;
  HttpClient http = pair.server.client();
  const std::string fields = field("type", "sh") + field("args", "a%2c%b") + field("env", "E=x,y");
  const std::string body =
      http.request("POST", "/api/script/exec-1/run", kForm, form(script("echo \"$1 $E\"") + fields)).body;
  CHECK(agent::decode_base64(json_at(body, "payload.data")) == "a,b x,y\r\n");
}

TEST_CASE("Two hundred scripts at once all run", "[system]") {
  CommandPair pair;
  const std::string body = form(script("echo \"$1\"") + field("type", "sh") + field("args", "word"));
  std::vector<HttpClient> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(pair.server.client());
    clients.back().send_request("POST", "/api/script/exec-1/run", kForm, body);
  }
  for (HttpClient& client : clients) {
    const std::string reply = client.read_reply().body;
    INFO(reply);
    CHECK(json_at(reply, "payload.code") == "0");
    CHECK(agent::decode_base64(json_at(reply, "payload.data")) == "word\r\n");
  }
}

TEST_CASE("Scripts that cannot be are refused", "[system]") {
  CommandPair pair;
  HttpClient http = pair.server.client();
  auto refused = [&](const std::string& body) {
    return json_at(http.request("POST", "/api/script/exec-1/run", kForm, form(body)).body, "msg");
  };
  CHECK(refused(script("x") + field("type", "cobol")) == "bad param: unsupported type");
  CHECK(refused(field("type", "sh")) == "bad param: file:http: no such file");
  CHECK(refused(script("x")) == "bad param: unsupported type");
  CHECK(refused(script("x") + field("type", "sh") + field("md5", "00")) == "bad param: md5:invalid checksum");
  CHECK(json_at(http.request("POST", "/api/script/nobody/run", kForm, form(script("x"))).body, "code") ==
        "404");
}

TEST_CASE("A layout runs group by group and stops at the first that fails", "[system]") {
  CommandPair pair;
  AgentProgram second(pair.server.address(), "exec-2", "", kExecAgentProgram);
  pair.server.wait_for_agent("exec-2");
  HttpClient http = pair.server.client();
  auto run = [&](const std::string& text, const std::string& onerror) {
    const std::string fields = field("type", "sh") + field("ids", "exec-1") + field("group", "2") +
                               field("ids", "exec-2") + field("group", "1") + field("onerror", onerror);
    const std::string id =
        json_at(http.request("POST", "/api/layout/run", kForm, form(script(text) + fields)).body, "payload");
    std::string status;
    wait_until("the layout's end", [&] {
      status = http.get("/api/layout/" + id).body;
      return json_at(status, "payload.done") == "true";
    });
    return status;
  };
  const std::string good = run("exit 0", "exit");
  CHECK(json_at(good, "payload.nodes.0.status") == "done");
  CHECK(json_at(good, "payload.nodes.0.err") == "");
  const std::string stopped = run("exit 9", "exit");
  CHECK(json_at(stopped, "payload.nodes.1.err") == "exit code 9");
  CHECK(json_at(stopped, "payload.nodes.0.status") == "waiting");
  CHECK(json_at(stopped, "payload.nodes.0.begin") == "-62135596800");
  CHECK(json_at(run("exit 9", "continue"), "payload.nodes.0.err") == "exit code 9");
}

TEST_CASE("A layout tells after a restart of the server what has run, what runs and what has not",
          "[system]") {
  const int signal = GENERATE(SIGTERM, SIGKILL);
  const TempDir dir;
  CommandPair pair;
  AgentProgram second(pair.server.address(), "exec-2", "", kExecAgentProgram);
  pair.server.wait_for_agent("exec-2");
  const std::string fields = field("type", "sh") + field("ids", "exec-1") + field("group", "1") +
                             field("ids", "exec-2") + field("group", "2") + field("onerror", "continue");
  const std::string text = "echo begun; while [ ! -e " + dir.file("go") + " ]; do sleep 0.05; done; exit 4";
  const std::string id = json_at(
      pair.server.client().request("POST", "/api/layout/run", kForm, form(script(text) + fields)).body,
      "payload");
  const std::string path = "/api/layout/" + id;
  std::string task;
  wait_until("the task of the first node", [&] {
    task = json_at(pair.server.get(path), "payload.nodes.0.task_id");
    return !task.empty();
  });
  CommandClient before = pair.client();
  wait_until("its output", [&] { return before.output(task) == "begun\r\n"; });
  pair.server.restart(signal);
  CHECK(json_at(pair.server.get(path), "payload.done") == "false");
  CHECK(json_at(pair.server.get(path), "payload.nodes.0.status") == "running");
  dir.write("go", "");
  std::string status;
  wait_until("the layout's end", [&] {
    status = pair.server.get(path);
    return json_at(status, "payload.done") == "true";
  });
  CHECK(json_at(status, "payload.nodes.0.err") == "exit code 4");
  CHECK(json_at(status, "payload.nodes.0.code") == "4");
  CHECK(json_at(status, "payload.nodes.1.status") == "waiting");
  CHECK(json_at(status, "payload.nodes.1.err") == "the server ended before it ran");
}

TEST_CASE("A layout is refused before anything runs", "[system]") {
  CommandPair pair;
  HttpClient http = pair.server.client();
  auto refused = [&](const std::string& fields) {
    return json_at(
        http.request("POST", "/api/layout/run", kForm, form(script("x") + field("type", "sh") + fields)).body,
        "msg");
  };
  CHECK(refused(field("ids", "exec-1") + field("ids", "nobody") + field("group", "1") +
                field("group", "1")) == "not found: agent: nobody");
  CHECK(refused(field("ids", "exec-1") + field("group", "1") + field("group", "2")) ==
        "bad param: invalid ids count and group count");
  CHECK(refused(field("group", "1")) == "Missing [ids]");
  CHECK(json_at(http.get("/api/layout/none").body, "msg") == "not found: task");
}
