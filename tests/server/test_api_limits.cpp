// Limits of commands over HTTP: what is asked, who refuses it and how, and what results say.
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/stable.hpp"

using agent::wire::CommandLimits;
using agent::wire::Execd;
using agent::wire::ExecDone;
using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;
using test::say_and_end;
using test::stable;
using test::wait_until;

namespace {

constexpr const char* kLimits = R"("cpu_percent":150,"memory":"64M","pids":20,"cpu_seconds":600)";
const CommandLimits kSent{.cpu_percent = 150, .memory = 64'000'000, .pids = 20, .cpu_seconds = 600};

std::string field(const std::string& name, const std::string& value) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

const std::string kLimitFields =
    field("cpu_percent", "150") + field("memory", "64M") + field("pids", "20") + field("cpu_seconds", "600");

std::string post_form(ApiServer& server, const std::string& target, const std::string& fields) {
  const std::string file =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"s\"\r\n\r\necho\r\n";
  const std::string body = file + field("type", "sh") + fields + "--b--\r\n";
  return server.request("POST", target, "Content-Type: multipart/form-data; boundary=b\r\n", body).body;
}

std::string run_script(ApiServer& server, const std::string& fields) {
  return post_form(server, "/api/script/x-1/run", fields);
}

std::string run_layout(ApiServer& server, const std::string& fields) {
  return post_form(server, "/api/layout/run", fields);
}

const std::string kOnX1 = field("ids", "x-1") + field("group", "1");

// How the layout fared whose start was answered with `started`, once it has ended.
std::string ended_layout(ApiServer& server, const std::string& started) {
  const std::string target = "/api/layout/" + json_at(started, "payload");
  wait_until("its end", [&] { return json_at(server.get(target).body, "payload.done") == "true"; });
  return server.get(target).body;
}

FakeExecAgent::Run refuse_with(Execd refusal) {
  return [refusal](const ExecCall& call, FakeExecAgent& self) {
    self.say(agent::encode_message(refusal, call.tid, 1));
  };
}

// Starts and ends with this payload.
FakeExecAgent::Run end_with(std::string done) {
  return [done](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid);
    self.say(R"({"type":13,"tid":")" + call.tid + R"(","seq":2,"exec_done":)" + done + "}");
  };
}

constexpr const char* kEnd =
    R"({"code":137,"t":"2026-03-01T08:30:00Z","ended_by":"memory","bound":"command","pids":true,)"
    R"("oom_kills":2,"usage":{"cpu_seconds":1.25,"peak_memory":64000000,"read_bytes":0,)"
    R"("written_bytes":4096,"peak_pids":7}})";

constexpr const char* kAccount =
    R"("ended_by":"memory","bound":"command","pids":true,"oom_kills":2,"usage":{"cpu_seconds":1.25,)"
    R"("peak_memory":64000000,"read_bytes":0,"written_bytes":4096,"peak_pids":7})";

using Catch::Contains;

}  // namespace

TEST_CASE("Limits of a command reach its agent, its task and the audit log", "[server][limits]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  const std::string order = R"({"cmd":"x","result":false,)" + std::string(kLimits) + "}";
  const std::string id = json_at(run_command(server, order), "payload.id");
  const ExecCall call = agent.wait_for_call();
  CHECK(
      call.text ==
      R"({"cmd":"x","timeout":60,"limits":{"cpu_percent":150,"memory":64000000,"pids":20,"cpu_seconds":600}})");
  CHECK(json_at(server.get("/api/exec/x-1/tasks/" + id).body, "payload.limits") ==
        R"({"cpu_percent":150,"memory":64000000,"pids":20,"cpu_seconds":600})");
  server.wait_for_audit(
      R"("what":"x","limits":{"cpu_percent":150,"memory":64000000,"pids":20,"cpu_seconds":600}})");
}

TEST_CASE("Scripts and layouts take limits from their forms", "[server][limits]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  const bool is_layout = GENERATE(false, true);
  if (is_layout) {
    ended_layout(server, run_layout(server, kOnX1 + kLimitFields));
  } else {
    CHECK(json_at(run_script(server, kLimitFields), "payload.code") == "0");
  }
  CHECK(agent.wait_for_call().exec.limits == kSent);
}

TEST_CASE("Where no limits are asked, an agent gets what it always got", "[server][limits]") {
  ApiServer server;
  FakeExecAgent::Options options;
  options.knows_limits = GENERATE(false, true);
  FakeExecAgent agent(server.port, options, say_and_end("", 0));
  CHECK(json_at(run_command(server, R"({"cmd":"x","memory":null})"), "payload.result.code") == "0");
  CHECK(agent.wait_for_call().text == R"({"cmd":"x","timeout":60})");
  CHECK(json_at(run_script(server, field("pids", "")), "payload.code") == "0");
  CHECK_THAT(server.text_of("audit.log"), !Contains("limits"));
}

TEST_CASE("Limits that cannot be are 400 and name their field", "[server][limits]") {
  using Case = std::pair<std::string, std::string>;  // what is asked, the beginning of what is said
  const Case asked = GENERATE(
      Case{R"("cpu_percent":0)", "cpu_percent: at least 1"}, Case{R"("cpu_percent":-1)", "cpu_percent: "},
      Case{R"("cpu_percent":1000001)", "cpu_percent: at most 1000000"},
      Case{R"("cpu_percent":4294967297)", "cpu_percent: "}, Case{R"("cpu_percent":1.5)", "cpu_percent: "},
      Case{R"("memory":0)", "memory: at least "}, Case{R"("memory":-64)", "memory: "},
      Case{R"("memory":"-64M")", "memory: "}, Case{R"("memory":"much")", "memory: "},
      Case{R"("memory":"64Q")", "memory: unknown unit"}, Case{R"("memory":4096)", "memory: at least "},
      Case{R"("memory":9223372036854775807)", "memory: at most "},
      Case{R"("memory":99999999999999999999)", "memory: "}, Case{R"("memory":{})", "memory: "},
      Case{R"("pids":0)", "pids: at least 1"}, Case{R"("pids":"ten")", "pids: "},
      Case{R"("pids":4194305)", "pids: at most 4194304"},
      Case{R"("cpu_seconds":0)", "cpu_seconds: at least 1"}, Case{R"("cpu_seconds":-7)", "cpu_seconds: "},
      Case{R"("cpu_seconds":18446744073709551615)", "cpu_seconds: at most 1000000000"});
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  const std::string reply = run_command(server, R"({"cmd":"x",)" + asked.first + "}");
  CHECK(json_at(reply, "code") == "400");
  CHECK_THAT(json_at(reply, "msg"), Catch::StartsWith("bad param: " + asked.second));
  CHECK(agent.count_calls() == 0);
}

TEST_CASE("Limits in forms that cannot be are 400 and name their field", "[server][limits]") {
  using Case = std::pair<std::string, std::string>;
  const Case asked =
      GENERATE(Case{field("cpu_percent", "0"), "cpu_percent: at least 1"},
               Case{field("cpu_percent", "-3"), "cpu_percent: at least 1"},
               Case{field("cpu_percent", "4294967297"), "cpu_percent: at most 1000000"},
               Case{field("cpu_percent", "half"), "cpu_percent: 'half' is not an integer"},
               Case{field("memory", "0"), "memory: at least "}, Case{field("memory", "-1"), "memory: "},
               Case{field("memory", "much"), "memory: "}, Case{field("pids", "1e3"), "pids: "},
               Case{field("pids", "99999999"), "pids: at most 4194304"},
               Case{field("cpu_seconds", "0"), "cpu_seconds: at least 1"},
               Case{field("cpu_seconds", "9223372036854775807"), "cpu_seconds: at most 1000000000"});
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  for (const std::string& reply :
       {run_script(server, asked.first), run_layout(server, kOnX1 + asked.first)}) {
    CHECK(json_at(reply, "code") == "400");
    CHECK_THAT(json_at(reply, "msg"), Catch::StartsWith("bad param: " + asked.second));
  }
  CHECK(agent.uploads().empty());
  CHECK(agent.count_calls() == 0);
}

TEST_CASE("An agent that does not know limits is sent nothing of what has some", "[server][limits]") {
  ApiServer server;
  FakeExecAgent::Options options;
  options.knows_limits = false;
  FakeExecAgent agent(server.port, options, say_and_end("", 0));
  const std::string refusal =
      R"({"code":424,"msg":"agent cannot limit commands: it is an original or too old"})";
  const std::string result = GENERATE("true", "false");
  CHECK(stable(run_command(server, R"({"cmd":"x","pids":5,"result":)" + result + "}")) == refusal);
  CHECK(stable(run_script(server, field("memory", "64M"))) == refusal);
  CHECK(stable(run_layout(server, kOnX1 + field("cpu_percent", "50") + field("onerror", "continue"))) ==
        R"({"code":424,"msg":"agent cannot limit commands: x-1: no capability for it"})");
  CHECK(agent.uploads().empty());
  CHECK(agent.count_calls() == 0);
  CHECK(json_at(run_command(server, R"({"cmd":"x"})"), "payload.result.code") == "0");
}

TEST_CASE("A layout with limits runs nowhere when one of its agents cannot limit it", "[server][limits]") {
  ApiServer server;
  FakeExecAgent able(server.port, say_and_end("", 0));
  std::vector<std::unique_ptr<FakeExecAgent>> unable;
  std::string fields = kOnX1;
  for (int i = 10; i < 22; ++i) {
    FakeExecAgent::Options options;
    options.id = "old-" + std::to_string(i);
    options.instance = options.id;
    options.knows_limits = false;
    unable.push_back(std::make_unique<FakeExecAgent>(server.port, options, say_and_end("", 0)));
    fields += field("ids", options.id) + field("group", "2");
  }
  const std::string reply = run_layout(server, fields + kLimitFields);
  CHECK(json_at(reply, "code") == "424");
  CHECK_THAT(json_at(reply, "msg"), Contains("old-10, old-11, ") && Contains("old-19 and 2 more: "));
  CHECK(able.uploads().empty());
  CHECK(json_at(ended_layout(server, run_layout(server, fields)), "payload.done") == "true");
}

TEST_CASE("An agent that cannot limit commands where it runs makes 424", "[server][limits]") {
  ApiServer server;
  const std::string said =
      GENERATE("agent cannot limit commands: not root", "not root", "agent cannot limit commands: ", "");
  FakeExecAgent agent(server.port, refuse_with({.ok = false, .msg = said, .time = {}, .no_limits = true}));
  const std::string why = said.ends_with("root") ? "not root" : "it does not say why";
  const std::string refusal = R"({"code":424,"msg":"agent cannot limit commands: )" + why + "\"}";
  const std::string result = GENERATE("true", "false");
  CHECK(stable(run_command(server, R"({"cmd":"x","pids":5,"result":)" + result + "}")) == refusal);
  CHECK(stable(run_script(server, field("memory", "64M"))) == refusal);
}

TEST_CASE("A limit above the agent's ceiling is 400 with the ceiling", "[server][limits]") {
  ApiServer server;
  FakeExecAgent agent(
      server.port,
      refuse_with({.ok = false, .msg = "memory: at most 64 MiB", .time = {}, .above_limit = true}));
  const std::string refusal = R"({"code":400,"msg":"bad param: memory: at most 64 MiB"})";
  const std::string result = GENERATE("true", "false");
  CHECK(stable(run_command(server, R"({"cmd":"x","memory":"1G","result":)" + result + "}")) == refusal);
  CHECK(stable(run_script(server, field("memory", "1G"))) == refusal);
}

TEST_CASE("A node whose agent refuses the limits fails its group like any other failure",
          "[server][limits]") {
  ApiServer server;
  FakeExecAgent refusing(
      server.port,
      refuse_with({.ok = false, .msg = "memory: at most 64 MiB", .time = {}, .above_limit = true}));
  FakeExecAgent::Options second;
  second.id = "x-2";
  second.instance = "i-2";
  FakeExecAgent willing(server.port, second, end_with(kEnd));
  const std::string fields = kOnX1 + field("ids", "x-2") + field("group", "2") + kLimitFields;
  const std::string stopped = ended_layout(server, run_layout(server, fields));
  CHECK(json_at(stopped, "payload.nodes.0.err") == "bad param: memory: at most 64 MiB");
  CHECK(json_at(stopped, "payload.nodes.0.code") == "-65534");
  CHECK(json_at(stopped, "payload.nodes.1.status") == "waiting");
  const std::string whole = ended_layout(server, run_layout(server, fields + field("onerror", "continue")));
  CHECK(json_at(whole, "payload.nodes.0.code") == "-65534");
  CHECK(json_at(whole, "payload.nodes.1.err") == "exit code 137, ended by memory");
  CHECK_THAT(whole, Contains(kAccount));
}

TEST_CASE("A command with limits is not given again to an agent that does not know them",
          "[server][limits]") {
  ApiServer server;
  auto first = std::make_unique<FakeExecAgent>(server.port, nullptr);  // gets the command and forgets it
  auto reply = std::async(std::launch::async,
                          [&] { return run_command(server, R"({"cmd":"x","timeout":20,"pids":5})"); });
  first->wait_for_call();
  first->leave();
  FakeExecAgent::Options options;
  options.knows_limits = false;
  FakeExecAgent second(server.port, options, say_and_end("", 0));
  CHECK(stable(reply.get()) ==
        R"({"code":424,"msg":"agent cannot limit commands: it is an original or too old"})");
  CHECK(second.count_calls() == 0);
}

TEST_CASE("Why a command ended and what it cost is in all that tells of it", "[server][limits]") {
  ApiServer server;
  FakeExecAgent agent(server.port, end_with(kEnd));
  CHECK_THAT(run_command(server, R"({"cmd":"x"})"), Contains(R"("code":137)") && Contains(kAccount));
  CHECK_THAT(run_script(server, ""), Contains(kAccount));

  const std::string begun = run_command(server, R"({"cmd":"x","result":false})");
  const std::string task = "/api/exec/x-1/tasks/" + json_at(begun, "payload.id");
  wait_until("the end", [&] { return json_at(server.get(task).body, "payload.state") == "done"; });
  CHECK_THAT(server.get(task).body, Contains(kAccount));
  CHECK_THAT(server.get("/api/exec/x-1/tasks").body, Contains(kAccount));
  CHECK_THAT(server.get("/api/exec/x-1/status/4711").body, Contains(kAccount));
  CHECK_THAT(server.get(task + "/output").head, Contains("X-Ended-By: memory\r\n"));
  CHECK_THAT(server.get("/api/exec/x-1/pty/4711").head, Contains("X-Ended-By: memory\r\n"));
  CHECK_THAT(server.get(task + "/output", "Accept: text/event-stream\r\n").body, Contains(kAccount));
  server.wait_for_audit(R"("result":"code 137, ended by memory")");
}

TEST_CASE("A command that only ended says nothing of limits", "[server][limits]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 137));
  const std::string body = run_command(server, R"({"cmd":"x"})");
  for (const char* key : {"ended_by", "bound", "pids", "oom_kills", "usage", "limits"})
    CHECK_THAT(body, !Contains(key));
}

TEST_CASE("A timeout that an agent without limits tells of is one, too", "[server][limits]") {
  ApiServer server;
  FakeExecAgent agent(server.port, end_with(R"({"code":-1,"t":"2026-03-01T08:30:00Z","timed_out":true})"));
  CHECK(json_at(run_command(server, R"({"cmd":"x"})"), "payload.result.ended_by") == "timeout");
}

TEST_CASE("What no counter can have counted costs nobody the result", "[server][limits]") {
  const std::string done = GENERATE(
      R"("oom_kills":-1,"usage":{"cpu_seconds":-1,"peak_memory":-5,"read_bytes":"NaN","peak_pids":1.5})",
      R"("oom_kills":18446744073709551615,"usage":{"cpu_seconds":1e300,"written_bytes":18446744073709551615})",
      R"("ended_by":"magic","bound":"moon","usage":{"cpu_seconds":{}}})", R"("ended_by":[],"usage":7)",
      R"("usage":[[]],"pids":"yes")");
  const std::string payload = R"({"code":3,"t":"2026-03-01T08:30:00Z",)" +
                              (done.ends_with("}}") ? done.substr(0, done.size() - 1) : done) + "}";
  ApiServer server;
  FakeExecAgent agent(server.port, end_with(payload));
  const std::string body = run_command(server, R"({"cmd":"x"})");
  CHECK(json_at(body, "payload.result.code") == "3");
  for (const char* key : {"ended_by", "bound", "pids", "oom_kills", "usage"})
    CHECK_THAT(body, !Contains(key));
}

TEST_CASE("An agent's own limits are shown, and whether they hold", "[server][limits]") {
  ApiServer server;
  FakeExecAgent agent(server.port, nullptr);
  CHECK_THAT(server.get("/api/agents/x-1").body, !Contains("limits"));
  agent.say(R"({"type":7,"ai":{"v":"1","limits":[{"kind":"memory","enforced":true,"value":"64 MiB"},)"
            R"({"kind":"cpu","enforced":false,"problem":"not root"}]}})");
  const std::string shown =
      R"("limits":[{"kind":"cpu","enforced":false,"problem":"not root"},{"kind":"memory","enforced":true,"value":"64 MiB"}])";
  wait_until("the report",
             [&] { return server.get("/api/agents/x-1").body.find(shown) != std::string::npos; });
  CHECK_THAT(server.get("/api/agents").body, Contains(shown));
  const std::string metrics = server.get("/metrics").body;
  CHECK_THAT(metrics, Contains("agent_limit_enforced{id=\"x-1\",kind=\"cpu\"} 0\n") &&
                          Contains("agent_limit_enforced{id=\"x-1\",kind=\"memory\"} 1\n"));
}

TEST_CASE("What an agent says of its limits fills nothing", "[server][limits]") {
  ApiServer server;
  FakeExecAgent::Options options;
  options.knows_limits = GENERATE(true, false);
  FakeExecAgent agent(server.port, options, nullptr);
  std::string list = R"({"kind":"magic","enforced":true},{"kind":"disk","enforced":true,"value":")" +
                     std::string(100'000, 'v') + R"("})";
  for (int i = 0; i < 5000; ++i)
    list += R"(,{"kind":"disk","enforced":false},{"kind":"\"\n#","enforced":true})";
  agent.say(R"({"type":7,"ai":{"v":"told","limits":[)" + list + "]}}");
  wait_until("the report",
             [&] { return server.get("/metrics").body.find("version=\"told\"") != std::string::npos; });
  const std::string shown = server.get("/api/agents/x-1").body;
  CHECK(shown.size() < 1500);
  CHECK(json_at(shown, "payload.limits.0.enforced") == (options.knows_limits ? "true" : ""));
  CHECK(json_at(shown, "payload.limits.1").empty());
  const std::string metrics = server.get("/metrics").body;
  CHECK_THAT(metrics, !Contains("magic"));
  const std::string line = "agent_limit_enforced{id=\"x-1\",kind=\"disk\"} 1\n";
  CHECK((metrics.find(line) != std::string::npos) == options.knows_limits);
}
