#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/base64.hpp"
#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"

using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::say_and_end;
using test::ScriptedAgent;
using test::wait_until;
using List = std::vector<std::string>;

namespace {

std::string field(const std::string& name, const std::string& value) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

// The fields of a script named s, and the content "echo".
std::string form(const std::string& fields) {
  return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"s\"\r\n\r\necho\r\n" + fields +
         "--b--\r\n";
}

const std::string kForm = "Content-Type: multipart/form-data; boundary=b\r\n";

std::string run(ApiServer& server, const std::string& fields) {
  return server.request("POST", "/api/script/x-1/run", kForm, form(fields)).body;
}

// What the agent is asked to run.
agent::wire::Exec sent(const std::string& fields) {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  const std::string body = run(server, fields);
  CAPTURE(body);
  REQUIRE(json_at(body, "payload.code") == "0");
  return agent.wait_for_call().exec;
}

}  // namespace

TEST_CASE("A script as somebody by an unknown auth is refused, and unknown fields are named", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  CHECK(json_at(run(server, field("type", "sh") + field("auth", "sudoo") + field("user", "me")), "code") ==
        "400");
  CHECK(agent.count_calls() == 0);
  const std::string fields =
      field("type", "sh") + field("tiemout", "3") + field("user", "me") + field("a b", "");
  const std::string head = server.request("POST", "/api/script/x-1/run", kForm, form(fields)).head;
  CHECK_THAT(head, Catch::Contains("X-Ignored-Keys: tiemout;nearest=timeout, a%20b, user\r\n"));
  const std::string known =
      server.request("POST", "/api/script/x-1/run", kForm, form(field("type", "sh"))).head;
  CHECK_THAT(known, !Catch::Contains("X-Ignored-Keys"));
}

TEST_CASE("Each type of script has a program, a suffix, and one word per argument", "[server]") {
  struct Expected {
    std::string type;
    std::string suffix;
    List before;  // the path
  };
  const Expected expected =
      GENERATE(Expected{"sh", "sh", {"sh"}}, Expected{"bash", "sh", {"bash"}},
               Expected{"python", "py", {"python"}}, Expected{"python3", "py", {"python3"}},
               Expected{"bat", "bat", {}}, Expected{"php", "php", {"php"}}, Expected{"lua", "lua", {"lua"}},
               Expected{"powershell", "ps1", {"powershell", "-ExecutionPolicy", "remotesigned"}});
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  run(server, field("type", expected.type) + field("args", "one two") + field("args", "3"));

  const agent::wire::Upload upload = agent.uploads().at(0);
  CHECK(upload.dir == "$$TMP$$");
  CHECK(upload.name == "cbb11ed87dc8a95d81400c7f33c7c171." + expected.suffix);  // MD5 of "echo"
  CHECK(upload.mod == 0644);
  const agent::wire::Exec exec = agent.wait_for_call().exec;
  const std::string path = FakeExecAgent::kUploads + ("/" + upload.name);
  List words = expected.before;
  words.insert(words.end(), {path, "one two", "3"});
  List sent_words{exec.cmd};
  sent_words.insert(sent_words.end(), exec.args.begin(), exec.args.end());
  CHECK(sent_words == words);
  CHECK(exec.drm == path);
  CHECK_FALSE(exec.argv);
}

TEST_CASE("A script's timeout may be of any size", "[server]") {
  const std::string timeout = GENERATE("10000000000", "9223372036854775807");
  CHECK(sent(field("type", "sh") + field("timeout", timeout)).timeout == 1'000'000'000);
}

TEST_CASE("A layout's timeout may be of any size", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  const std::string fields = field("type", "sh") + field("ids", "x-1") + field("group", "1");
  const std::string id = json_at(
      server.request("POST", "/api/layout/run", kForm, form(fields + field("timeout", "10000000000"))).body,
      "payload");
  wait_until("its end",
             [&] { return json_at(server.get("/api/layout/" + id).body, "payload.done") == "true"; });
  CHECK(json_at(server.get("/api/layout/" + id).body, "payload.nodes.0.err") == "");
  CHECK(agent.wait_for_call().exec.timeout == 1'000'000'000);
}

TEST_CASE("A script that does not arrive in time is -65535", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, test::come_as("x-1", "exec-agent"), test::stay_silent);
  const std::string body = run(server, field("type", "sh") + field("timeout", "1"));
  CHECK(json_at(body, "code") == "200");
  CHECK(json_at(body, "payload.code") == "-65535");
  CHECK(agent::decode_base64(json_at(body, "payload.data")) == "timeout");
}

TEST_CASE("A script that its agent refuses is -65534 with the agent's text", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) {
    self.say(agent::encode_message(agent::wire::Execd{.ok = false, .msg = "no user set", .time = {}},
                                   call.tid, 1));
  });
  const std::string body = run(server, field("type", "sh"));
  CHECK(json_at(body, "payload.code") == "-65534");
  CHECK(agent::decode_base64(json_at(body, "payload.data")) == "no user set");
}

TEST_CASE("A script that does not get to its agent leaves its line in the audit log", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, test::come_as("x-1", "exec-agent"),
                      [](const agent::Envelope& message, const ScriptedAgent::Send& send) {
                        send(agent::encode_error("no room", message.tid()));
                        return true;
                      });
  const std::string body = run(server, field("type", "sh") + field("args", "word"));
  CHECK(json_at(body, "payload.code") == "-65534");
  const std::string lines = server.text_of("audit.log");
  CHECK(lines.find(R"("action":"exec","who":"","from":"127.0.0.1","agent":"x-1","what":"sh script word",)") !=
        std::string::npos);
  CHECK(lines.find(R"("result":"failed: no room")") != std::string::npos);
}

TEST_CASE("The arguments of a script are a list with commas, or repeated", "[server]") {
  const std::string type = field("type", "bat");
  CHECK(sent(type + field("args", "a%2c%b")).args == List{"a,b"});
  CHECK(sent(type + field("args", "a,b")).args == List{"a", "b"});
  CHECK(sent(type + field("args", "a,b") + field("args", "c")).args == List{"a,b", "c"});
}

TEST_CASE("The environment of a script may have commas", "[server]") {
  const std::string type = field("type", "bat");
  CHECK(sent(type + field("env", "E=x,y")).env == List{"E=x,y"});
  CHECK(sent(type + field("env", "E=x,F=y%2c%z")).env == List{"E=x", "F=y,z"});
  CHECK(sent(type + field("env", "A=x,y") + field("env", "B=z")).env == List{"A=x,y", "B=z"});
}

TEST_CASE("A script that the agent has no room for is 429", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) {
    const agent::wire::Execd refused{.ok = false, .msg = "all are busy", .time = {}, .too_many = true};
    self.say(agent::encode_message(refused, call.tid, 1));
  });
  CHECK(json_at(run(server, field("type", "sh")), "code") == "429");
}

TEST_CASE("Forms of scripts that cannot be are refused in the originals' words and order", "[server]") {
  const std::string target = GENERATE("/api/script/x-1/run", "/api/layout/run");
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  const std::string nodes = field("ids", "x-1") + field("group", "1");
  const std::string sh = field("type", "sh");
  const auto refused = [&](const std::string& body) {
    return json_at(server.request("POST", target, kForm, body).body, "code") + " " +
           json_at(server.request("POST", target, kForm, body).body, "msg");
  };
  const std::string no_file = "400 bad param: file:http: no such file";
  CHECK(refused(nodes + sh + "--b--\r\n") == no_file);
  CHECK(refused(nodes + field("file", "echo") + sh + "--b--\r\n") == no_file);
  CHECK(refused(nodes + field("timeout", "-1") + "--b--\r\n") == no_file);
  CHECK(refused(form(nodes)) == "400 bad param: unsupported type");
  CHECK(refused(form(nodes + field("type", ""))) == "400 bad param: unsupported type");
  CHECK(refused(form(nodes + field("type", "cobol"))) == "400 bad param: unsupported type");
  CHECK(refused(form(nodes + sh + field("timeout", "-1"))) == "400 bad param: timeout: -1 is less than 0");
  CHECK(refused(form(nodes + field("timeout", "-1"))) == "400 bad param: timeout: -1 is less than 0");
  CHECK(refused(form(nodes + field("md5", "00"))) == "400 bad param: md5:invalid checksum");
  CHECK(agent.count_calls() == 0);
}

TEST_CASE("A layout names an agent that is not there before a wrong onerror, and runs nothing for either",
          "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  auto start = [&](const std::string& id) {
    const std::string fields =
        field("type", "sh") + field("ids", id) + field("group", "1") + field("onerror", "stop");
    return server.request("POST", "/api/layout/run", kForm, form(fields)).body;
  };
  CHECK(json_at(start("x-2"), "code") == "404");
  const std::string body = start("x-1");
  CHECK(json_at(body, "code") == "400");
  CHECK(json_at(body, "msg") == "bad param: onerror: exit or continue");
  CHECK(agent.count_calls() == 0);
}

TEST_CASE("A script that comes in no multipart form is refused as the originals refuse it", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  const std::string not_multipart = "bad param: file:request Content-Type isn't multipart/form-data";
  CHECK(json_at(server.request("POST", "/api/script/x-1/run", "", "").body, "msg") == not_multipart);
  CHECK(json_at(server
                    .request("POST", "/api/layout/run", "Content-Type: application/x-www-form-urlencoded\r\n",
                             "ids=x-1&group=1")
                    .body,
                "msg") == not_multipart);
  CHECK(json_at(server.request("POST", "/api/layout/run", "", "").body, "msg") == "Missing [ids]");
  CHECK(json_at(
            server.request("POST", "/api/script/x-1/run", "Content-Type: multipart/form-data\r\n", "x").body,
            "msg") == "bad param: file:no multipart boundary param in Content-Type");
}

TEST_CASE("A script's timeout of 0 is 60 s", "[server]") {
  CHECK(sent(field("type", "sh") + field("timeout", "0")).timeout == 60);
}
