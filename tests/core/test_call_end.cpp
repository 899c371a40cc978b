// Which reply of a call is the last (capability `end`).
#include <catch2/catch.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "agent/wire/call.hpp"
#include "agent/wire/kept.hpp"
#include "tests/core/stage.hpp"
#include "tests/support/socket_pair.hpp"

using namespace agent;
using test::Socket;
using test::Stage;

namespace {

struct Count {
  static constexpr MessageKind message{1001, "count"};
  int to = 0;
  static void fields(auto& field) { field("to", &Count::to); }
};

struct Number {
  static constexpr MessageKind message{1002, "number"};
  int is = 0;
  static void fields(auto& field) { field("is", &Number::is); }
};

Task<> count(Stage* stage, Count request, Call call) {
  for (int i = 1; i <= request.to; ++i) {
    if (i > 1) co_await test::yield(stage->loop);
    Number number{i};
    call.send(number);
  }
}

Task<> count_and_linger(Stage* stage, Count request, Call call) {
  Number number{request.to};
  call.send(number);
  for (int i = 0; i < 3; ++i) co_await test::yield(stage->loop);
}

Task<Socket> welcome(Stage* stage) {
  wire::Handshake capable;
  capable.ok = true;
  capable.caps = {"end"};
  Socket socket = co_await stage->server.welcome(capable);
  co_return socket;
}

std::string asking(int to) {
  return R"({"type":1001,"tid":"t-1","call_end":true,"count":{"to":)" + std::to_string(to) + "}}";
}

std::string plain(int number) {
  return R"({"type":1002,"tid":"t-1","number":{"is":)" + std::to_string(number) + "}}";
}

std::string last(int number) {
  return R"({"call_end":true,"type":1002,"tid":"t-1","number":{"is":)" + std::to_string(number) + "}}";
}

constexpr const char* kEnd = R"({"type":10104,"tid":"t-1"})";

// The next message as text.
Task<> expect(Socket* socket, std::string text) {
  Envelope message = co_await test::receive(socket->get());
  CHECK(message.root().text() == text);
}

// Nothing more of the call comes.
Task<> expect_no_more(Socket* socket) {
  (*socket)->send(R"({"type":4711,"tid":"t-2"})");
  Envelope message = co_await test::receive(socket->get());
  CHECK(message.tid() == "t-2");
}

Task<> play_count(Stage& self) {
  Socket socket = co_await welcome(&self);
  socket->send(asking(1));
  co_await expect(&socket, last(1));
  socket->send(asking(3));
  co_await expect(&socket, plain(1));
  co_await expect(&socket, plain(2));
  co_await expect(&socket, last(3));
  socket->send(asking(0));
  co_await expect(&socket, kEnd);
  socket->send(R"({"type":1001,"tid":"t-1","count":{"to":2}})");  // does not ask
  co_await expect(&socket, plain(1));
  co_await expect(&socket, plain(2));
  socket->send(R"({"type":1001,"tid":"t-1","call_end":{"x":1},"count":{"to":1}})");
  co_await expect(&socket, plain(1));
  co_await expect_no_more(&socket);
}

}  // namespace

TEST_CASE("A handler's last reply says that it is the last, to those who ask", "[core]") {
  Stage stage;
  stage.agent.on<Count>([&stage](Count request, Call call) { return count(&stage, request, call); });
  stage.play(play_count);
}

TEST_CASE("A handler that returns its reply has one reply, the last, and one without a reply has an end",
          "[core]") {
  Stage stage;
  const bool replies = GENERATE(true, false);
  if (replies) {
    stage.agent.on<Count>([](const Count& request) { return Number{request.to}; });
    stage.play([](Stage& self) -> Task<> {
      Socket socket = co_await welcome(&self);
      socket->send(asking(7));
      co_await expect(&socket, last(7));
      co_await expect_no_more(&socket);
    });
  } else {
    stage.agent.on<Count>([](const Count&) {});
    stage.play([](Stage& self) -> Task<> {
      Socket socket = co_await welcome(&self);
      socket->send(asking(7));
      co_await expect(&socket, kEnd);
      co_await expect_no_more(&socket);
    });
  }
}

TEST_CASE("A reply does not wait for a handler that goes on, and the end comes by itself", "[core]") {
  Stage stage;
  stage.agent.on<Count>(
      [&stage](Count request, Call call) { return count_and_linger(&stage, request, call); });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    socket->send(asking(5));
    co_await expect(&socket, plain(5));
    co_await expect(&socket, kEnd);
    co_await expect_no_more(&socket);
  });
}

TEST_CASE("An error is the end of its call", "[core]") {
  Stage stage;
  stage.agent.on<Count>([](Count request, Call call) -> Task<> {
    Number number{request.to};
    call.send(number);
    throw std::runtime_error("tired");
    co_return;
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    socket->send(asking(5));
    co_await expect(&socket, plain(5));
    const std::string error = R"({"type":0,"tid":"t-1","errmsg":"tired"})";
    co_await expect(&socket, error);
    co_await expect_no_more(&socket);
  });
}

TEST_CASE("A call lasts as long as somebody has a handle of it", "[core]") {
  Stage stage;
  std::optional<Call> stored;
  stage.agent.on_other([&stored](const Envelope& message, Call call) {
    if (message.type() == 1001) stored = call;
    if (message.type() == 1003) {
      stored->send(Number{1});
      stored->send(Number{2});
      stored.reset();
    }
    if (message.type() == 4711) call.send(Number{0});
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    socket->send(asking(1));
    co_await expect_no_more(&socket);
    socket->send(R"({"type":1003})");
    co_await expect(&socket, plain(1));
    co_await expect(&socket, last(2));
  });
}

TEST_CASE("The end of a kept call is kept as well", "[core]") {
  Stage stage;
  stage.agent.on<Count>([](Count request, Call call) -> Task<> {
    call.keep();
    Number number{request.to};
    call.send(number);
    co_return;
  });
  stage.play([](Stage& self) -> Task<> {
    wire::Handshake capable;
    capable.ok = true;
    capable.caps = {"ack", "end"};
    Socket socket = co_await self.server.welcome(capable);
    Envelope held = co_await test::receive(socket.get());
    CHECK(held.type() == wire::Held::message.type);
    socket->send(asking(5));
    const std::string reply = R"({"type":1002,"tid":"t-1","seq":1,"number":{"is":5}})";
    co_await expect(&socket, reply);
    const std::string end = R"({"type":10104,"tid":"t-1","seq":2})";
    co_await expect(&socket, end);
    CHECK(self.counters().kept_bytes.value() > 0);
    const wire::Ack ack{.seq = 2, .over = false};
    socket->send(encode_message(ack, "t-1"));
    co_await expect_no_more(&socket);
    CHECK(self.counters().kept_bytes.value() == 0);
  });
}
