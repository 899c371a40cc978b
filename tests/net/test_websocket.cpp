// What becomes of a connection with an unfinished message. The rules for frames: test_websocket_rules.cpp.
#include "net/websocket.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/steady_timer.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "agent/error.hpp"
#include "net/message_budget.hpp"
#include "tests/support/frame.hpp"
#include "tests/support/on_loop.hpp"
#include "tests/support/socket_pair.hpp"

using namespace agent;
using namespace agent::net;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using test::encode_frame;
using test::Opcode;

namespace {

constexpr std::chrono::milliseconds kAtOnce{0};

// A server's end, and the bytes of a client.
struct Pair {
  Pair(Loop& loop, const WebSocketOptions& options) {
    auto [left, right] = test::socket_pair(loop);
    server = std::make_unique<WebSocket>(std::make_unique<Stream>(loop, std::move(left)), options);
    client = std::make_unique<Stream>(loop, std::move(right));
  }

  void send(const test::Frame& frame) { client->send(encode_frame(frame, true)); }
  // A text that has `size` bytes already, and more to come.
  void begin(std::size_t size) { send({.payload = std::string(size, 'x'), .fin = false}); }

  // What the server reads next: the text, or why it ended.
  Task<std::string> read() {
    try {
      std::string text = co_await server->read();
      co_return text;
    } catch (const Error& error) {
      co_return std::string("ended: ") + error.what();
    }
  }

  // The code of the close frame that the client gets, 0 for none.
  Task<int> close_code() {
    std::string received;
    try {
      for (;;) {
        std::span<char> bytes = co_await client->read();
        if (bytes.empty()) break;
        received.append(bytes.data(), bytes.size());
      }
    } catch (const Error&) {
    }
    while (auto frame = test::take_frame(received)) {
      if (frame->opcode != Opcode::close) continue;
      co_return static_cast<std::uint8_t>(frame->payload[0]) << 8 |
          static_cast<std::uint8_t>(frame->payload[1]);
    }
    co_return 0;
  }

  std::unique_ptr<WebSocket> server;
  std::unique_ptr<Stream> client;
};

WebSocketOptions server_options() {
  WebSocketOptions options;
  options.is_server = true;
  return options;
}

Task<> late(Loop& loop) {
  WebSocketOptions options = server_options();
  options.message_time = kAtOnce;
  Pair pair(loop, options);
  pair.begin(10);
  pair.send({.opcode = Opcode::ping});
  const std::string end = co_await pair.read();
  CHECK_THAT(end, Contains("ended: WebSocket: a message did not end in time"));
  const std::string again = co_await pair.read();
  CHECK(again == end);
  const int code = co_await pair.close_code();
  CHECK(code == 1008);
}

Task<> late_frame(Loop& loop) {
  WebSocketOptions options = server_options();
  options.message_time = kAtOnce;
  Pair pair(loop, options);
  pair.client->send(encode_frame({.opcode = Opcode::ping, .payload = "p"}, true).substr(0, 1));
  const std::string end = co_await pair.read();
  CHECK_THAT(end, Contains("a message did not end in time"));
}

// The next message has its own time, and none has passed before it began.
Task<> idle_is_not_late(Loop& loop) {
  WebSocketOptions options = server_options();
  options.message_time = kAtOnce;
  Pair pair(loop, options);
  pair.send({.payload = "one"});
  const std::string one = co_await pair.read();
  CHECK(one == "one");
  asio::steady_timer two_ticks(loop.io(), 2 * kTick);
  bool sent = false;
  two_ticks.async_wait([&](const asio::error_code&) {
    sent = true;
    pair.send({.payload = "two"});
  });
  const std::string two = co_await pair.read();
  CHECK(two == "two");
  CHECK(sent);
}

Task<> parted(Loop& loop) {
  Pair pair(loop, server_options());
  pair.server->set_max_message(100, "too much");
  CHECK(pair.server->max_message() == 100);
  pair.begin(100);
  pair.send({.opcode = Opcode::continuation, .payload = "x"});
  const std::string end = co_await pair.read();
  CHECK_THAT(end, Contains("larger than 100 bytes"));
  std::span<char> bytes = co_await pair.client->read();
  std::string received(bytes.data(), bytes.size());
  const auto text = test::take_frame(received);
  REQUIRE(text);
  CHECK(text->payload == "too much");
}

Task<> raised(Loop& loop) {
  WebSocketOptions options = server_options();
  options.deflate = true;
  Pair pair(loop, options);
  pair.server->set_max_message(100);
  pair.send({.payload = std::string(100, 'a')});
  std::string text = co_await pair.read();
  CHECK(text.size() == 100);
  pair.server->set_max_message(1'000'000);
  pair.send({.payload = std::string(1000, 'b')});
  pair.send({.payload = test::deflated(std::string(900'000, 'c')), .rsv1 = true});
  text = co_await pair.read();
  CHECK(text.size() == 1000);
  text = co_await pair.read();
  CHECK(text.size() == 900'000);
}

constexpr std::size_t kBudget = 300 * 1024;

// Two connections of one loop.
Task<> largest_goes(Loop& loop) {
  WebSocketOptions options = server_options();
  options.budget = std::make_shared<MessageBudget>(kBudget);
  Pair large(loop, options);
  Pair small(loop, options);
  std::string end_of_large;
  auto read_large = [](Pair* pair, std::string* end) -> Task<> { *end = co_await pair->read(); };
  asio::co_spawn(loop.io(), read_large(&large, &end_of_large), asio::detached);
  large.begin(200 * 1024);
  while (options.budget->held() < 200 * 1024) co_await test::yield(loop);
  small.begin(150 * 1024);
  small.send({.opcode = Opcode::continuation, .payload = "end"});
  const std::string text = co_await small.read();
  CHECK(text.size() == 150 * 1024 + 3);
  const int code = co_await large.close_code();
  CHECK(code == 1013);
  while (end_of_large.empty()) co_await test::yield(loop);
  CHECK_THAT(end_of_large, Contains("unfinished messages hold too much memory"));
  CHECK(options.budget->held() == 0);
}

Task<> itself_goes(Loop& loop) {
  WebSocketOptions options = server_options();
  options.budget = std::make_shared<MessageBudget>(kBudget);
  Pair pair(loop, options);
  pair.begin(kBudget + 1);
  const std::string end = co_await pair.read();
  CHECK_THAT(end, Contains("unfinished messages hold too much memory"));
  CHECK(options.budget->held() == 0);
}

}  // namespace

TEST_CASE("A message that does not end in time ends the connection, pings or not", "[net]") {
  test::on_loop([](Loop& loop) { return late(loop); });
}

TEST_CASE("A frame that does not end in time ends the connection", "[net]") {
  test::on_loop([](Loop& loop) { return late_frame(loop); });
}

TEST_CASE("A connection between two messages is not late", "[net]") {
  test::on_loop([](Loop& loop) { return idle_is_not_late(loop); });
}

TEST_CASE("A peer whose message is larger than the limit of the moment is told", "[net]") {
  test::on_loop([](Loop& loop) { return parted(loop); });
}

TEST_CASE("The limit of a message can be raised between two messages", "[net]") {
  test::on_loop([](Loop& loop) { return raised(loop); });
}

TEST_CASE("The connection whose unfinished message holds most is closed", "[net]") {
  test::on_loop([](Loop& loop) { return largest_goes(loop); });
}

TEST_CASE("A connection that outgrows the memory of all closes itself", "[net]") {
  test::on_loop([](Loop& loop) { return itself_goes(loop); });
}
