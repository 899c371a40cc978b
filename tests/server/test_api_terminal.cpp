// A task's terminal as clients have it: who may come, who types, what is shown.
#include <catch2/catch.hpp>

#include "http/upgrade.hpp"
#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/terminal_client.hpp"

using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;
using test::TcpSocket;
using test::TerminalClient;
using test::wait_until;

namespace {

FakeExecAgent::Options with_term(std::string instance = "i-1") {
  FakeExecAgent::Options options;
  options.knows_term = true;
  options.instance = std::move(instance);
  return options;
}

// A server, an agent, and a terminal on it that has started.
struct Stage {
  explicit Stage(server::CommandTableOptions options = {},
                 const std::function<void(server::ListenerOptions&)>& adjust = {})
      : server(100, test::shards(), options, {}, adjust),
        agent(server.port, with_term(),
              [](const ExecCall& call, FakeExecAgent& by) { by.started(call.tid); }) {}

  std::string start(const std::string& order = R"({"terminal":{"rows":24,"cols":80}})") {
    task = json_at(run_command(server, order), "payload.id");
    REQUIRE_FALSE(task.empty());
    return task;
  }
  std::string path(const std::string& query = {}) const {
    return "/api/exec/x-1/tasks/" + task + "/terminal" + query;
  }
  TerminalClient client(const std::string& query = {}) { return TerminalClient(server.port, path(query)); }
  std::string typed() const {
    std::string all;
    for (const auto& input : agent.inputs()) all += agent::decode_base64(input.data);
    return all;
  }
  void wait_until_typed(const std::string& text) {
    wait_until("input", [&] { return typed() == text; });
  }

  ApiServer server;
  FakeExecAgent agent;
  std::string task;
};

}  // namespace

TEST_CASE("A client at a terminal types, and sees what the program writes and how it ends", "[server]") {
  Stage stage;
  stage.start();
  TerminalClient client = stage.client();
  CHECK(json_at(client.wait_for_news("hello"), "task") == stage.task);
  CHECK(json_at(client.wait_for_news("writer"), "you") == "true");
  const std::string size = client.wait_for_news("size");
  CHECK(json_at(size, "rows") == "24");
  client.type("ls\r");
  stage.wait_until_typed("ls\r");
  stage.agent.output(stage.task, "{not json}\r\n", 2);
  client.wait_for("{not json}\r\n");
  stage.agent.done(stage.task, 3, 3);
  const std::string exit = client.wait_for_news("exit");
  CHECK(json_at(exit, "code") == "3");
  CHECK(json_at(exit, "state") == "done");
  CHECK(client.wait_for_end() == 1000);
  CHECK(client.shown() == "{not json}\r\n");
}

TEST_CASE("Resizes, signals and the end of input reach the agent", "[server]") {
  Stage stage;
  stage.start();
  TerminalClient client = stage.client();
  client.order(R"({"type":"resize","rows":50,"cols":132})");
  client.order(R"({"type":"signal","name":"INT"})");
  client.order(R"({"type":"eof"})");
  wait_until("the end", [&] { return !stage.agent.inputs().empty() && stage.agent.inputs().back().end; });
  const auto inputs = stage.agent.inputs();
  REQUIRE(inputs.size() == 3);
  CHECK(inputs[0].size == agent::wire::TerminalCells{50, 132});
  CHECK(inputs[1].signal == "INT");
}

TEST_CASE("What a client cannot mean is told to it, and its terminal goes on", "[server]") {
  Stage stage;
  stage.start();
  TerminalClient client = stage.client();
  for (const char* order :
       {"{", R"({"type":"no such"})", R"({"type":"resize","rows":0,"cols":0})",
        R"({"type":"resize","rows":10000,"cols":10000})", R"({"type":"signal","name":"STOPIT"})"}) {
    client.order(order);
    CHECK_FALSE(json_at(client.wait_for_news("error"), "text").empty());
  }
  client.type("x");
  stage.wait_until_typed("x");
  CHECK(stage.agent.inputs().size() == 1);
}

TEST_CASE("One client types at a time, and a take-over is told to both", "[server]") {
  Stage stage;
  stage.start();
  TerminalClient first = stage.client();
  first.wait_for_news("writer");
  TerminalClient second = stage.client();
  CHECK(json_at(second.wait_for_news("writer"), "you") == "false");
  second.type("no");
  CHECK(json_at(second.wait_for_news("error"), "text").find("somebody else types") != std::string::npos);
  second.order(R"({"type":"take"})");
  CHECK(json_at(second.wait_for_news("writer"), "you") == "true");
  CHECK(json_at(first.wait_for_news("writer"), "you") == "false");
  second.type("yes");
  stage.wait_until_typed("yes");
  second.peer().close();
  CHECK(json_at(first.wait_for_news("writer"), "you") == "true");
}

TEST_CASE("A client that only watches never types", "[server]") {
  Stage stage;
  stage.start();
  TerminalClient watcher = stage.client("?watch=1");
  CHECK(json_at(watcher.wait_for_news("writer"), "you") == "false");
  watcher.type("x");
  watcher.wait_for_news("error");
  stage.agent.output(stage.task, "shown", 2);
  watcher.wait_for("shown");
  CHECK(stage.typed().empty());
}

TEST_CASE("A client that comes back gets the rest of the output, and says what it typed again", "[server]") {
  Stage stage;
  stage.start();
  TerminalClient first = stage.client("?client=me");
  CHECK(json_at(first.wait_for_news("hello"), "typed").empty());
  first.type("abc");
  stage.wait_until_typed("abc");
  stage.agent.output(stage.task, "0123456789", 2);
  first.wait_for("0123456789");
  first.peer().reset();
  stage.agent.output(stage.task, "abcdef", 3);
  TerminalClient again = stage.client("?client=me&offset=8");
  const std::string hello = again.wait_for_news("hello");
  CHECK(json_at(hello, "offset") == "8");
  CHECK(json_at(hello, "typed") == "3");
  again.wait_for("f");
  CHECK(again.shown() == "89abcdef");
}

TEST_CASE("A task without input can be watched by its terminal", "[server]") {
  Stage stage;
  stage.start(R"({"cmd":"x","result":false})");
  TerminalClient client = stage.client();
  CHECK(json_at(client.wait_for_news("writer"), "you") == "false");
  client.type("x");
  CHECK(json_at(client.wait_for_news("error"), "text") == "this command takes no input");
  client.order(R"({"type":"take"})");
  CHECK(json_at(client.wait_for_news("error"), "text") == "this command takes no input");
}

TEST_CASE("Input waits for the agent to grant it, and a lost session loses none of it", "[server]") {
  Stage stage;
  stage.start();
  TerminalClient client = stage.client();
  const std::string much(64 * 1024, 'x');
  client.type(much.substr(0, 40'000));
  client.type(much.substr(40'000));
  client.type("behind");
  stage.wait_until_typed(much);
  stage.agent.taken(stage.task, much.size(), much.size() + 3);
  stage.wait_until_typed(much + "beh");
  stage.agent.leave();
  CHECK(json_at(client.wait_for_news("state"), "state") != "away");
  while (json_at(client.wait_for_news("state"), "state") != "away") continue;
  FakeExecAgent::Options back = with_term();
  back.held = {{stage.task, 2, 2}};
  FakeExecAgent same(stage.server.port, back, {});
  wait_until("the question", [&] { return !same.inputs().empty(); });
  CHECK(same.inputs().front().data.empty());
  same.taken(stage.task, much.size() + 3, much.size() + 100);
  wait_until("the rest", [&] {
    std::string all;
    for (const auto& input : same.inputs()) all += agent::decode_base64(input.data);
    return all == "behind" || all == "ind";
  });
}

TEST_CASE("An upgrade is for those who may change something", "[server]") {
  const auto with_tokens = [](server::ListenerOptions& options) {
    options.hooks.api_token = [](std::string_view token) -> std::optional<server::Grant> {
      if (token != "secret") return std::nullopt;
      return server::Grant("ann");
    };
  };
  Stage stage({}, with_tokens);
  const std::string token = "Authorization: Bearer secret\r\n";
  const std::string body = R"({"terminal":{"rows":24,"cols":80}})";
  stage.task = json_at(stage.server.request("POST", "/api/exec/x-1/run", token, body).body, "payload.id");
  const auto status = [&](const std::string& path, const std::string& headers) {
    TcpSocket socket = TcpSocket::connect(stage.server.port);
    return TerminalClient::ask(socket, path, headers).substr(9, 3);
  };
  CHECK(status(stage.path(), "") == "401");
  CHECK(status(stage.path("?token=secret"), "") == "401");
  CHECK(status(stage.path(), "Authorization: Bearer wrong\r\n") == "401");
  CHECK(status(stage.path(), token + "Origin: http://127.0.0.1:1\r\n") == "403");
  CHECK(status(stage.path(), token + "Origin: http://evil.example\r\nSec-Fetch-Site: none\r\n") == "403");
  CHECK(status(stage.path(), token + "Origin: http://127.0.0.1\r\n") == "101");
  CHECK(status(stage.path(), token) == "101");
}

TEST_CASE("A terminal that is asked for without an upgrade says what is wanted", "[server]") {
  Stage stage;
  stage.start();
  const auto reply = stage.server.request("GET", stage.path());
  CHECK(reply.status == 426);
  CHECK(stage.server.request("GET", "/api/exec/x-1/tasks/none/terminal").status == 404);
}

TEST_CASE("A terminal ends when the token that opened it is revoked", "[server]") {
  const auto revoked = std::make_shared<std::atomic<bool>>(false);
  const auto with_tokens = [revoked](server::ListenerOptions& options) {
    options.hooks.api_token = [revoked](std::string_view) { return server::Grant("ann", revoked); };
  };
  Stage stage({}, with_tokens);
  const std::string token = "Authorization: Bearer secret\r\n";
  const std::string body = R"({"terminal":{"rows":24,"cols":80}})";
  stage.task = json_at(stage.server.request("POST", "/api/exec/x-1/run", token, body).body, "payload.id");
  TerminalClient client(stage.server.port, stage.path(), token);
  client.wait_for_news("hello");
  *revoked = true;
  stage.server.end_revoked();
  CHECK(client.wait_for_end() == 1008);
}

TEST_CASE("A terminal to which nobody comes back is ended", "[server]") {
  server::CommandTableOptions options;
  options.detach_timeout = std::chrono::milliseconds(50);
  Stage stage(options);
  stage.start();
  wait_until("a kill", [&] { return !stage.agent.kills().empty(); });
  CHECK(stage.agent.kills().front() == 4711);
}

TEST_CASE("A terminal at which somebody sits is not ended", "[server]") {
  server::CommandTableOptions options;
  options.detach_timeout = std::chrono::seconds(2);
  Stage stage(options);
  stage.start();
  TerminalClient client = stage.client();
  client.wait_for_news("hello");
  stage.agent.output(stage.task, "x", 2);
  client.wait_for("x");
  CHECK(stage.agent.kills().empty());
}

TEST_CASE("A program does not run ahead of the fastest client that watches it", "[server]") {
  Stage stage;
  stage.start();
  TerminalClient client = stage.client("?offset=0");
  client.order(R"({"type":"seen","offset":0})");
  client.wait_for_news("hello");
  const std::string piece(60'000, 'x');
  for (std::uint64_t seq = 2; seq < 12; ++seq) stage.agent.output(stage.task, piece, seq);
  // 128 KiB are shown, and 256 KiB more may be acknowledged: messages 2 to 5.
  while (client.shown().size() < 128 * 1024) client.take();
  wait_until("acknowledgements", [&] { return stage.agent.acknowledged(stage.task) == 5; });
  client.order(R"({"type":"seen","offset":120000})");
  wait_until("two more", [&] { return stage.agent.acknowledged(stage.task) == 7; });
  client.peer().close();
  wait_until("all that is written", [&] { return stage.agent.acknowledged(stage.task) >= 9; });
}

TEST_CASE("A slow client jumps to the present while another one follows, and is told what it missed",
          "[server]") {
  Stage stage;
  stage.start();
  TerminalClient slow = stage.client("?offset=0&watch=1");
  slow.order(R"({"type":"seen","offset":0})");
  TerminalClient fast = stage.client("?offset=0");
  slow.wait_for_news("hello");
  const std::string piece(60'000, 'x');
  for (std::uint64_t seq = 2; seq < 52; ++seq) stage.agent.output(stage.task, piece, seq);
  while (fast.shown().size() < 50 * piece.size()) fast.take();
  const std::string skipped = slow.wait_for_news("skipped");
  const auto from = std::stoull(json_at(skipped, "from"));
  const auto offset = std::stoull(json_at(skipped, "offset"));
  CHECK(offset + 16 * 1024 > from + server::kFarBehind);
}
