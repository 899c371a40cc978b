#include <catch2/catch.hpp>
#include <memory>

#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/stable.hpp"

// Owners of agent ids, as the API shows them; and who is given what was begun under an id.

using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;
using test::stable;
using test::wait_until;

namespace {

// Agents come with the tokens of a site and of another one.
struct Sites : ApiServer {
  Sites() : ApiServer(100, 2, {}, {"site", "other"}) {}

  // Starts a command that says "one " and goes on. Gives its command.
  std::string begin(FakeExecAgent& agent) {
    const std::string tid = json_at(run_command(*this, R"({"cmd":"x","result":false})"), "payload.id");
    wait_until("the start", [&] { return state(tid) == "running"; });
    agent.output(tid, "one ", 2);
    return tid;
  }
  std::string show(const std::string& tid) { return get("/api/exec/x-1/tasks/" + tid).body; }
  std::string state(const std::string& tid) { return json_at(show(tid), "payload.state"); }
};

FakeExecAgent::Options of_site(const std::string& token, const std::string& instance) {
  FakeExecAgent::Options options;
  options.token = token + "-token";
  options.instance = instance;
  return options;
}

bool asks_the_agent(std::string_view pattern) {
  return pattern.find("/log") != std::string_view::npos || pattern.starts_with("/api/file/");
}

void start_it(const ExecCall& call, FakeExecAgent& self) { self.started(call.tid, 12); }

}  // namespace

TEST_CASE("An agent's binding is shown, also while the agent is away, and can be released", "[server]") {
  Sites server;
  const std::string path = "/api/agents/x-1/binding";
  CHECK(stable(server.get(path).body) == R"({"code":404,"msg":"not found: binding"})");
  {
    FakeExecAgent agent(server.port, of_site("site", "i-1"), nullptr);
    CHECK(json_at(server.get("/api/agents/x-1").body, "payload.binding") == "site");
  }
  wait_until("the loss", [&] { return json_at(server.get("/api/agents/x-1").body, "code") == "404"; });
  CHECK(json_at(server.get(path).body, "payload.token") == "site");
  CHECK(json_at(server.get(path).body, "payload.address") == "127.0.0.1");
  CHECK(stable(server.request("DELETE", path).body) == R"({"code":200})");
  CHECK(stable(server.request("DELETE", path).body) == R"({"code":404,"msg":"not found: binding"})");
  CHECK_THAT(server.text_of("audit.log"),
             Catch::Contains(R"("action":"unbind")") && Catch::Contains(R"("what":"token site")"));
  FakeExecAgent other(server.port, of_site("other", "i-2"), nullptr);
  CHECK(json_at(server.get("/api/agents/x-1").body, "payload.binding") == "other");
}

TEST_CASE("Agents have no binding without tokens", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, nullptr);
  CHECK(server.get("/api/agents/x-1").body.find("binding") == std::string::npos);
  CHECK(stable(server.get("/api/agents/x-1/binding").body) == R"({"code":404,"msg":"not found: binding"})");
  CHECK(json_at(server.request("DELETE", "/api/agents/x-1/binding").body, "code") == "404");
}

TEST_CASE("A task is handed back to another process of its agent that has the same token", "[server]") {
  Sites server;
  auto first = std::make_unique<FakeExecAgent>(server.port, of_site("site", "i-1"), start_it);
  const std::string tid = server.begin(*first);
  first->leave();
  FakeExecAgent::Options successor = of_site("site", "i-2");
  successor.held = {{tid, 1, 4}};
  FakeExecAgent second(server.port, successor, nullptr);
  wait_until("the return", [&] { return server.state(tid) == "running"; });
  second.started(tid, 12, 1);
  second.output(tid, "one ", 2);
  second.done(tid, 0, 3);
  wait_until("the end", [&] { return server.state(tid) == "done"; });
}

TEST_CASE("A task is not handed to the holder of another token who knows its number", "[server]") {
  Sites server;
  auto first = std::make_unique<FakeExecAgent>(server.port, of_site("site", "i-1"), start_it);
  const std::string tid = server.begin(*first);
  first->leave();
  wait_until("the loss", [&] { return server.state(tid) == "away"; });
  server.request("DELETE", "/api/agents/x-1/binding");
  FakeExecAgent::Options thief = of_site("other", "i-2");
  thief.held = {{tid, 1, 4}};
  FakeExecAgent second(server.port, thief, nullptr);
  wait_until("the answer", [&] { return second.acks(tid).size() == 1; });
  CHECK(second.acks(tid)[0].over);
  second.done(tid, 0, 3);
  CHECK(server.state(tid) == "lost");
  CHECK(json_at(server.show(tid), "payload.reason") == "its agent's id belongs to another agent now");
}

TEST_CASE("A command that never arrived is not given to the holder of another token", "[server]") {
  Sites server;
  FakeExecAgent::Options original = of_site("site", "");  // without an instance, as thieves can be, too
  auto first = std::make_unique<FakeExecAgent>(server.port, original, nullptr);
  auto reply =
      std::async(std::launch::async, [&] { return run_command(server, R"({"cmd":"x","pass":"p"})"); });
  first->wait_for_call();
  first->leave();
  wait_until("the loss", [&] { return !server.hub().find("x-1"); });
  server.request("DELETE", "/api/agents/x-1/binding");
  FakeExecAgent second(server.port, of_site("other", ""), nullptr);
  CHECK_THAT(reply.get(), Catch::Contains("belongs to another agent now"));
  CHECK(second.count_calls() == 0);
}

TEST_CASE("The server knows after a restart who gave a task", "[server]") {
  server::StoredCommand command;
  command.instance = "i-1";
  command.token = "site";
  const auto found = agent::json::decode<server::StoredCommand>(agent::json::encode(command));
  CHECK(found.was_given_to("i-2", "site"));
  CHECK(found.was_given_to("i-1", "other"));
  CHECK_FALSE(found.was_given_to("i-2", "other"));
  CHECK_FALSE(found.was_given_to("", ""));
  // One of an earlier release, which knew no tokens.
  const auto old = agent::json::decode<server::StoredCommand>(R"({"id":"t","instance":"i-1"})");
  CHECK(old.was_given_to("i-1", "site"));
  CHECK_FALSE(old.was_given_to("i-2", "site"));
  CHECK(old.was_given_to("i-2", ""));
}

TEST_CASE("No reply shows the instance of an agent", "[server]") {
  const std::string instance = "0123456789abcdef0123456789abcdef";
  const bool with_tokens = GENERATE(true, false);
  ApiServer server(100, test::shards(), {},
                   with_tokens ? std::set<std::string>{"site"} : std::set<std::string>());
  FakeExecAgent agent(server.port, of_site("site", instance), [](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid, 12);
    self.output(call.tid, "text", 2);
    if (call.exec.cmd == "end") self.done(call.tid, 0, 3);
  });
  const std::string running = json_at(run_command(server, R"({"cmd":"x","result":false})"), "payload.id");
  const std::string ended = json_at(run_command(server, R"({"cmd":"end","result":false})"), "payload.id");
  wait_until("the end", [&] {
    return json_at(server.get("/api/exec/x-1/tasks/" + ended).body, "payload.state") == "done";
  });
  std::size_t replies = 0;
  for (const auto& route : server.router().routes()) {
    const bool has_no_end = route->content_type == "text/event-stream";
    if (route->method != "GET" || asks_the_agent(route->pattern) || has_no_end) continue;
    for (const std::string& command : {running, ended}) {
      std::string target(route->pattern);
      for (const auto& [name, value] :
           {std::pair<std::string, std::string>{"{id}", "x-1"}, {"{task}", command}, {"{pid}", "12"}}) {
        const std::size_t at = target.find(name);
        if (at != std::string::npos) target.replace(at, name.size(), value);
      }
      INFO(target);
      if (target.find('{') != std::string::npos) continue;
      for (const char* accept : {"", "Accept: text/event-stream\r\n"}) {
        if (command == running && *accept != '\0') continue;  // it has no end yet
        const test::HttpReply reply = server.get(target, accept);
        CHECK((reply.head + reply.body).find(instance) == std::string::npos);
        CHECK((reply.head + reply.body).find("\"instance\"") == std::string::npos);
        ++replies;
      }
    }
  }
  CHECK(replies > 20);
  CHECK(run_command(server, R"({"cmd":"end"})").find(instance) == std::string::npos);
}
