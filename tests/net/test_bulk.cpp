#include <asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <optional>

#include "agent/error.hpp"
#include "net/bulk.hpp"
#include "tests/support/on_loop.hpp"
#include "tests/support/socket_pair.hpp"

using namespace agent;
using namespace agent::net;

namespace {

constexpr auto kNever = Clock::time_point::max();

// Both ends of a WebSocket with their streams; each end reads until the other closes.
struct Ends {
  explicit Ends(Loop& the_loop) : loop(the_loop) {
    auto [left, right] = test::socket_pair(loop);
    server = std::make_unique<WebSocket>(std::make_unique<Stream>(loop, std::move(left)),
                                         WebSocketOptions{.is_server = true});
    agent = std::make_unique<WebSocket>(std::make_unique<Stream>(loop, std::move(right)), WebSocketOptions{});
    server_streams = std::make_shared<BulkStreams>(*server);
    agent_streams = std::make_shared<BulkStreams>(*agent);
    start(server.get(), server_streams, &from_agent);
    start(agent.get(), agent_streams, &from_server);
  }

  static Task<> read(WebSocket* socket, std::shared_ptr<BulkStreams> streams,
                     std::vector<std::string>* texts) {
    for (;;) {
      std::string message = co_await socket->read();
      if (is_bulk(message)) {
        streams->receive(message);
      } else {
        texts->push_back(std::move(message));
      }
    }
  }

  void start(WebSocket* socket, std::shared_ptr<BulkStreams> streams, std::vector<std::string>* texts) {
    ++running;
    asio::co_spawn(loop.io(), read(socket, streams, texts), [this, streams](std::exception_ptr error) {
      try {
        std::rethrow_exception(error);
      } catch (const Error& failure) {
        failures.push_back(failure.what());
        streams->close(failure.what());
      }
      --running;
    });
  }

  Task<> finish() {
    server->close(1000, "");
    agent->close(1000, "");
    while (running > 0) co_await test::yield(loop);
  }

  template <class Condition>
  Task<> until(Condition condition) {
    while (!condition()) co_await test::yield(loop);
  }

  Loop& loop;
  std::unique_ptr<WebSocket> server;
  std::unique_ptr<WebSocket> agent;
  std::shared_ptr<BulkStreams> server_streams;
  std::shared_ptr<BulkStreams> agent_streams;
  std::vector<std::string> from_agent, from_server;
  std::vector<std::string> failures;
  int running = 0;
};

std::string pattern(std::size_t size, std::size_t seed) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 31 + seed) >> 3);
  return text;
}

Task<> produce(BulkSink* sink, std::string content, std::size_t step) {
  for (std::size_t at = 0; at < content.size(); at += step) {
    std::string piece = content.substr(at, step);
    co_await sink->write(std::move(piece), kNever);
  }
  sink->end("the note");
}

Task<std::string> consume(BulkSource* source) {
  std::string all;
  for (;;) {
    std::string piece = co_await source->read(kNever);
    CHECK(piece.size() <= kBulkAhead);
    if (piece.empty()) co_return all;
    all += piece;
  }
}

template <class Work>
Task<std::string> failure_of(Work work) {
  try {
    co_await std::move(work);
  } catch (const Error& error) {
    co_return error.what();
  }
  co_return "nothing was thrown";
}

Task<> transfer(Loop& loop, bool to_agent, std::size_t size, std::size_t step) {
  Ends ends(loop);
  const std::string content = pattern(size, step);
  {
    BulkSink sink(to_agent ? ends.server_streams : ends.agent_streams, 7);
    BulkSource source(to_agent ? ends.agent_streams : ends.server_streams, 7);
    asio::co_spawn(loop.io(), produce(&sink, content, step), [](std::exception_ptr error) { CHECK(!error); });
    std::string got = co_await consume(&source);
    CHECK(got == content);
    CHECK(source.note() == "the note");
  }
  co_await ends.finish();
}

Task<> several(Loop& loop) {
  Ends ends(loop);
  {
    std::vector<std::unique_ptr<BulkSink>> sinks;
    std::vector<std::unique_ptr<BulkSource>> sources;
    std::vector<std::string> got(5);
    std::size_t done = 0;
    for (std::uint32_t i = 0; i < 5; ++i) {
      sinks.push_back(std::make_unique<BulkSink>(i % 2 ? ends.server_streams : ends.agent_streams, i + 1));
      sources.push_back(
          std::make_unique<BulkSource>(i % 2 ? ends.agent_streams : ends.server_streams, i + 1));
    }
    for (std::uint32_t i = 0; i < 5; ++i) {
      asio::co_spawn(loop.io(), produce(sinks[i].get(), pattern(3'000'000, i), 100'000),
                     [](std::exception_ptr error) { CHECK(!error); });
      asio::co_spawn(loop.io(), consume(sources[i].get()), [&, i](std::exception_ptr, std::string text) {
        got[i] = std::move(text);
        ++done;
      });
    }
    const auto all_done = [&] { return done == 5; };
    co_await ends.until(all_done);
    for (std::uint32_t i = 0; i < 5; ++i) CHECK(got[i] == pattern(3'000'000, i));
  }
  co_await ends.finish();
}

// Nothing is taken: the sender must come to a stand within the window, and messages still pass.
Task<> slow_receiver(Loop& loop) {
  Ends ends(loop);
  {
    BulkSink sink(ends.agent_streams, 1);
    BulkSource source(ends.server_streams, 1);
    std::string first(1000, 'x');
    co_await sink.write(std::move(first), kNever);
    std::string got = co_await source.read(kNever);
    CHECK(got.size() == 1000);
    std::uint64_t written = 1000;
    std::string why;
    while (why.empty()) {
      std::string piece(64 * 1024, 'y');
      const Clock::time_point soon = Clock::now() + std::chrono::milliseconds(200);
      try {
        co_await sink.write(std::move(piece), soon);
        written += 64 * 1024;
      } catch (const Error& error) {
        why = error.what();
      }
    }
    CHECK(why == "timeout");
    CHECK(written <= kBulkWindow + 2 * kBulkAhead + 64 * 1024);
    CHECK(ends.agent->stream().queued() == 0);
    ends.agent->send("{}");
    const auto arrived = [&] { return !ends.from_agent.empty(); };
    co_await ends.until(arrived);
  }
  co_await ends.finish();
}

Task<> reset_by_sender(Loop& loop) {
  Ends ends(loop);
  {
    BulkSource source(ends.server_streams, 1);
    BulkSink sink(ends.agent_streams, 1);
    sink.fail("read /x: input/output error");
    std::string why = co_await failure_of(source.read(kNever));
    CHECK(why == "read /x: input/output error");
  }
  co_await ends.finish();
}

Task<> reset_by_receiver(Loop& loop) {
  Ends ends(loop);
  {
    BulkSink sink(ends.agent_streams, 1);
    { BulkSource source(ends.server_streams, 1); }
    std::string why;
    while (why.empty() || why == "nothing was thrown") why = co_await failure_of(sink.write("x", kNever));
    CHECK(why == "nobody wants it any more");
  }
  co_await ends.finish();
}

Task<> lost(Loop& loop) {
  Ends ends(loop);
  {
    BulkSource source(ends.server_streams, 1);
    BulkSink sink(ends.agent_streams, 1);
    ends.agent->stream().close();
    std::string why = co_await failure_of(source.read(kNever));
    CHECK_THAT(why, Catch::Contains("closed"));
    BulkSource late(ends.server_streams, 2);
    why = co_await failure_of(late.read(kNever));
    CHECK_THAT(why, Catch::Contains("closed"));
  }
  ends.server->stream().close();
  co_await ends.finish();
}

Task<> abuse(Loop& loop, std::string frame, std::string why) {
  Ends ends(loop);
  {
    BulkSource source(ends.server_streams, 1);
    BulkSink sink(ends.server_streams, 2);
    ends.agent->send_binary(frame);
    const auto failed = [&] { return !ends.failures.empty(); };
    co_await ends.until(failed);
    CHECK(ends.failures.front() == why);
  }
  co_await ends.finish();
}

Task<> unknown(Loop& loop) {
  Ends ends(loop);
  ends.agent->send_binary(encode_bulk(BulkKind::data, 9, "late"));
  ends.agent->send_binary(encode_bulk(BulkKind::end, 9, ""));
  ends.agent->send_binary(encode_bulk(BulkKind::reset, 9, "why"));
  ends.agent->send_binary(encode_credit(9, 10));
  ends.agent->send("{}");
  const auto arrived = [&] { return !ends.from_agent.empty(); };
  co_await ends.until(arrived);
  CHECK(ends.failures.empty());
  co_await ends.finish();
}

}  // namespace

TEST_CASE("A content of any size arrives whole, in both directions", "[net]") {
  const bool to_agent = GENERATE(true, false);
  const std::size_t size = GENERATE(0, 1, 70'000, 10'000'000);
  const std::size_t step = GENERATE(1000, 300'000);
  if (size / step > 1000) return;
  test::on_loop([&](Loop& loop) { return transfer(loop, to_agent, size, step); });
}

TEST_CASE("Several contents share a socket", "[net]") { test::on_loop(several); }

TEST_CASE("A receiver that takes nothing holds the sender back, and no message", "[net]") {
  test::on_loop(slow_receiver);
}

TEST_CASE("The sender's reason for breaking off reaches the receiver", "[net]") {
  test::on_loop(reset_by_sender);
}

TEST_CASE("A receiver that goes away stops the sender", "[net]") { test::on_loop(reset_by_receiver); }

TEST_CASE("Contents end with their session", "[net]") { test::on_loop(lost); }

TEST_CASE("Frames of streams that nobody knows are dropped", "[net]") { test::on_loop(unknown); }

TEST_CASE("What breaks the rules of streams ends the session", "[net]") {
  const auto [frame, why] = GENERATE(table<std::string, std::string>({
      {encode_bulk(BulkKind::data, 1, "not granted"), "stream: more data than was granted"},
      {std::string("\x01\0\0", 3), "stream: a frame that is too short"},
      {encode_bulk(BulkKind::credit, 2, "123"), "stream: a credit that is none"},
  }));
  test::on_loop([&, frame = frame, why = why](Loop& loop) { return abuse(loop, frame, why); });
}

Task<> two_of_a_number(Loop& loop) {
  Ends ends(loop);
  {
    BulkSource source(ends.server_streams, 1);
    CHECK_THROWS_AS(BulkSource(ends.server_streams, 1), Error);
    BulkSink sink(ends.server_streams, 1);
    CHECK_THROWS_AS(BulkSink(ends.server_streams, 1), Error);
    BulkSink feeder(ends.agent_streams, 1);
    asio::co_spawn(loop.io(), produce(&feeder, "still there", 3),
                   [](std::exception_ptr error) { CHECK(!error); });
    std::string got = co_await consume(&source);
    CHECK(got == "still there");
  }
  co_await ends.finish();
}

TEST_CASE("A stream's number cannot be taken twice", "[net]") { test::on_loop(two_of_a_number); }

TEST_CASE("JSON is no frame", "[net]") {
  CHECK_FALSE(is_bulk(""));
  CHECK_FALSE(is_bulk("{}"));
  CHECK_FALSE(is_bulk("\n{}"));
  CHECK_FALSE(is_bulk("\t{}"));
  CHECK_FALSE(is_bulk("\x05"));
  CHECK(is_bulk(encode_credit(1, 2)));
}
