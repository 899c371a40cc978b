#include <catch2/catch.hpp>

#include "agent/wire/kept.hpp"
#include "tests/core/stage.hpp"
#include "tests/support/socket_pair.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using test::Socket;
using test::Stage;

namespace {

struct Greet {
  static constexpr MessageKind message{1001, "greet"};
  std::string name;
  static void fields(auto& field) { field("name", &Greet::name); }
};

struct Greeting {
  static constexpr MessageKind message{1002, "greeting"};
  std::string text;
  static void fields(auto& field) { field("text", &Greeting::text); }
};

std::string ask(const std::string& name, const std::string& tid) { return encode_message(Greet{name}, tid); }

Greeting answer_to(const Greet& greet) { return {"hello, " + greet.name}; }

}  // namespace

TEST_CASE("The agent says who it is and answers a request under its tid", "[core]") {
  Stage stage;
  stage.config.token = "enroll-me";
  stage.agent.on<Greet>(answer_to);
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    CHECK(self.server.request.header("authorization") == "Bearer enroll-me");
    CHECK(self.server.request.header("user-agent") == "test-agent/1.2.3");
    CHECK(self.server.request.header("origin").empty());
    CHECK(self.server.come.id == "tester");
    CHECK(self.server.come.name == "test-agent");
    CHECK(self.server.come.version == "1.2.3");
    CHECK(self.server.come.ip.text == "127.0.0.1");
    CHECK(self.server.come.instance.size() == 32);
    CHECK(self.server.come.caps == std::vector<std::string>{"ack", "stream", "kill", "end", "cancel",
                                                            "series", "limits", "brief", "term"});
    CHECK(self.server.come.memory > 0);

    socket->send(ask("world", "t-1"));
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.type() == 1002);
    CHECK(reply.tid() == "t-1");
    CHECK(reply.payload<Greeting>().text == "hello, world");
  });
}

TEST_CASE("A session that keeps replies begins with those of earlier ones, others with nothing new",
          "[core]") {
  Stage stage;
  stage.agent.on<Greet>(answer_to);
  stage.play([](Stage& self) -> Task<> {
    wire::Handshake capable;
    capable.ok = true;
    capable.caps = {"ack"};
    Socket socket = co_await self.server.welcome(capable);
    socket->send(ask("world", "t-1"));
    Envelope held = co_await test::receive(socket.get());
    CHECK(held.type() == wire::Held::message.type);
    CHECK(held.payload<wire::Held>().calls.empty());
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.tid() == "t-1");
    CHECK(reply.seq() == 0);

    socket.reset();
    Socket plain = co_await self.server.welcome();
    plain->send(ask("world", "t-2"));
    Envelope first = co_await test::receive(plain.get());
    CHECK(first.tid() == "t-2");
  });
}

TEST_CASE("A handler that throws answers an error, and the agent lives", "[core]") {
  Stage stage;
  stage.agent.on<Greet>([](const Greet& greet) {
    if (greet.name == "nobody") throw std::runtime_error("nobody is not to be greeted");
    return answer_to(greet);
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(ask("nobody", "t-1"));
    Envelope error = co_await test::receive(socket.get());
    CHECK(error.type() == wire::kErrorType);
    CHECK(error.tid() == "t-1");
    CHECK(error.errmsg() == "nobody is not to be greeted");

    socket->send(ask("world", "t-2"));
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.tid() == "t-2");
    CHECK(self.counters().failed_calls.value() == 1);
  });
}

TEST_CASE("A coroutine that throws answers an error", "[core]") {
  Stage stage;
  stage.agent.on<Greet>([&stage](Greet, Call) -> Task<> {
    co_await test::yield(stage.loop);
    throw 42;  // not even an exception
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(ask("world", "t-1"));
    Envelope error = co_await test::receive(socket.get());
    CHECK(error.type() == wire::kErrorType);
    CHECK(error.errmsg() == "an unknown exception");
  });
}

TEST_CASE("A request without its payload is answered with an error that names it", "[core]") {
  Stage stage;
  stage.agent.on<Greet>(answer_to);
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(R"({"type":1001,"tid":"t-1"})");
    Envelope error = co_await test::receive(socket.get());
    CHECK(error.errmsg() == "greet: the payload is missing");
    socket->send(R"({"type":1001,"tid":"t-2","greet":{"name":7}})");
    Envelope wrong = co_await test::receive(socket.get());
    CHECK_THAT(std::string(wrong.errmsg()), Catch::StartsWith("greet: name: "));
    CHECK(self.counters().bad_messages.value() == 2);
  });
}

TEST_CASE("Calls run concurrently: while one waits, another is answered", "[core]") {
  Stage stage;
  bool second_came = false;
  stage.agent.on<Greet>([&](Greet greet, Call call) -> Task<> {
    if (greet.name == "second") second_came = true;
    while (!second_came) co_await test::yield(stage.loop);
    call.send(answer_to(greet));
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(ask("first", "t-1"));
    socket->send(ask("second", "t-2"));
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.tid() == "t-2");
    reply = co_await test::receive(socket.get());
    CHECK(reply.tid() == "t-1");
  });
}

TEST_CASE("A handler may send any number of replies, held back by room", "[core]") {
  static constexpr int kReplies = 1000;  // 10 MB: more than the kernel buffers
  Stage stage;
  stage.config.send_queue = {64 * 1024};
  std::size_t most_queued = 0;
  core::AgentState& state = core::state_of(stage.agent);
  stage.agent.on<Greet>([&state, &most_queued](Greet greet, Call call) -> Task<> {
    Greeting reply{std::string(10'000, 'x')};
    for (int i = 0; i < kReplies; ++i) {
      co_await call.room();
      call.send(reply);
      most_queued = std::max(most_queued, state.outbox.bytes());
    }
    reply.text = greet.name;
    call.send(reply);
  });
  stage.play([](Stage& self) -> Task<> {
    self.server.deflate = false;
    Socket socket = co_await self.server.welcome();
    socket->send(ask("done", "t-1"));
    auto full = [&self] { return !core::state_of(self.agent).outbox.has_room(); };
    co_await self.until(full);
    for (int i = 0; i < kReplies; ++i) {
      Envelope reply = co_await test::receive(socket.get());
      REQUIRE(reply.payload<Greeting>().text.size() == 10'000);
    }
    Envelope last = co_await test::receive(socket.get());
    CHECK(last.payload<Greeting>().text == "done");
  });
  CHECK(most_queued > 0);  // the socket did not take everything at once
  CHECK(most_queued < 48 * 1024);
}

TEST_CASE("A message of an unknown type is counted and ignored", "[core]") {
  Stage stage;
  stage.agent.on<Greet>(answer_to);
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(R"({"type":4711,"tid":"t-0","surprise":{}})");
    socket->send(ask("world", "t-1"));
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.tid() == "t-1");
    CHECK(self.counters().ignored_messages.value() == 1);
  });
}

TEST_CASE("A server of ours is told at once that no handler serves a type, an original is not", "[core]") {
  Stage stage;
  stage.agent.on<Greet>(answer_to);
  stage.play([](Stage& self) -> Task<> {
    wire::Handshake capable;
    capable.ok = true;
    capable.caps = {"end"};
    Socket socket = co_await self.server.welcome(capable);
    socket->send(R"({"type":4711,"tid":"t-1","surprise":{}})");
    Envelope refusal = co_await test::receive(socket.get());
    CHECK(refusal.root().text() ==
          R"({"type":0,"tid":"t-1","errmsg":"the agent serves no messages of type 4711",)"
          R"("reason":"unserved"})");
    socket->send(R"({"type":4711})");               // no request
    socket->send(R"({"type":10100,"tid":"t-2"})");  // of another capability
    socket->send(ask("world", "t-3"));
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.tid() == "t-3");

    socket.reset();
    Socket original = co_await self.server.welcome();
    original->send(R"({"type":4711,"tid":"t-4"})");
    original->send(ask("world", "t-5"));
    reply = co_await test::receive(original.get());
    CHECK(reply.tid() == "t-5");
    CHECK(self.counters().ignored_messages.value() == 4);
  });
}

TEST_CASE("on_other takes what has no handler, also the answer to it", "[core]") {
  Stage stage;
  stage.agent.on_other([](const Envelope& message, Call call) {
    call.send(Greeting{"type " + std::to_string(message.type())});
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(R"({"type":4711,"tid":"t-1"})");
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.payload<Greeting>().text == "type 4711");
    CHECK(reply.tid() == "t-1");
  });
}

TEST_CASE("Messages that cannot be understood are skipped, until there is nothing else", "[core]") {
  Stage stage;
  stage.agent.on<Greet>(answer_to);
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    for (int i = 0; i < core::kMaxBadMessages - 1; ++i) socket->send("{broken");
    socket->send(ask("world", "t-1"));
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.tid() == "t-1");
    CHECK(self.counters().bad_messages.value() == core::kMaxBadMessages - 1);

    for (int i = 0; i < core::kMaxBadMessages; ++i) socket->send("[]");
    std::string why;
    try {
      co_await test::receive(socket.get());
    } catch (const Error& error) {
      why = error.what();
    }
    CHECK_THAT(why, Catch::Contains("1008 too many bad messages"));
  });
}

TEST_CASE("A silent server is noticed, pings are sent", "[core]") {
  Stage stage;
  stage.timing.ping = std::chrono::milliseconds(20);
  stage.timing.silence = std::chrono::milliseconds(50);
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();  // but it never reads, so no pong comes
    Socket next = co_await self.server.welcome();
    co_await self.until_counted(&self.counters().reconnects, 1);
  });
}

// Nothing else pings in that time: without it the session would be lost after 1.5 s.
TEST_CASE("A report takes a ping along, whose answer keeps the session", "[core]") {
  test::TempDir dir;
  Stage stage;
  stage.timing.ping = std::chrono::hours(1);
  stage.timing.ping_with_report = std::chrono::milliseconds(0);
  stage.timing.silence = std::chrono::milliseconds(1500);
  stage.agent.spool_reports();
  core::state_of(stage.agent).spool->spool.dir = dir.file("spool");
  stage.agent.every(std::chrono::milliseconds(20), [&stage] { stage.agent.report(Greeting{"here"}); });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    net::Clock::time_point start = net::Clock::now();
    while (net::Clock::now() - start < std::chrono::milliseconds(1600)) co_await test::receive(socket.get());
    CHECK(self.counters().reconnects.value() == 0);
  });
}

TEST_CASE("A quiet server that answers pings is kept", "[core]") {
  Stage stage;
  stage.timing.ping = std::chrono::milliseconds(5);
  stage.timing.silence = std::chrono::milliseconds(1500);
  stage.agent.on<Greet>(answer_to);
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    net::Clock::time_point start = net::Clock::now();
    self.agent.post([&self] { self.agent.send(Greeting{"go"}); });
    co_await test::receive(socket.get());
    while (net::Clock::now() - start < std::chrono::milliseconds(1600)) {
      socket->send(ask("world", "t-1"));
      co_await test::receive(socket.get());
    }
    CHECK(self.counters().reconnects.value() == 0);
  });
}
