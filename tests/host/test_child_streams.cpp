#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "host/child_streams.hpp"

using namespace agent::host;
using namespace std::chrono_literals;

namespace {

// Streams whose child is the test: it writes what a child would.
struct Written {
  explicit Written(StreamOptions options) {
    options.terminal = false;
    streams = std::make_shared<ChildStreams>(io.get_executor(), options);
  }

  void say(std::string_view text) const {
    REQUIRE(::write(streams->child_output(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }

  // Nothing when none is read within `limit`.
  std::optional<std::string> read(std::chrono::milliseconds limit = kNoLimit) {
    std::optional<agent::OutputPiece> got;
    bool done = false;
    asio::co_spawn(io, streams->read(Wanted::output, limit),
                   [&](std::exception_ptr, std::optional<agent::OutputPiece> piece) {
                     got = std::move(piece);
                     done = true;
                   });
    io.restart();
    while (!done) REQUIRE(io.run_one_for(30s) == 1);
    return got ? std::optional(got->text) : std::nullopt;
  }

  // Two small pieces, each read at once: a pause begins.
  void begin_pause() {
    for (const std::string text : {"one", "two"}) {
      say(text);
      REQUIRE(read() == text);
    }
  }

  asio::io_context io;
  std::shared_ptr<ChildStreams> streams;
};

}  // namespace

TEST_CASE("The third small piece in a row is read after a pause", "[host][streams]") {
  Written child({.pause = 20ms});
  child.begin_pause();
  for (const std::string text : {"three", "four", "five"}) {
    child.say(text);
    CHECK(child.read() == text);
  }
}

TEST_CASE("Pieces that come in a pause are one, which the child's end does not wait for", "[host][streams]") {
  Written child({.pause = 1h});
  child.begin_pause();
  child.say("three ");
  CHECK_FALSE(child.read(1ms));
  child.say("four");
  CHECK_FALSE(child.read(1ms));
  child.streams->ended();
  CHECK(child.read() == "three four");
}

TEST_CASE("The end of a child wakes a reader that pauses", "[host][streams]") {
  Written child({.pause = 1h});
  child.begin_pause();
  child.say("last words");
  asio::steady_timer end(child.io, 5ms);
  end.async_wait([&](asio::error_code) { child.streams->ended(); });
  CHECK(child.read() == "last words");
}

TEST_CASE("A large piece is followed by no pause", "[host][streams]") {
  Written child({.pause = 1h});
  for (int i = 0; i < 3; ++i) {
    child.say("small");
    CHECK(child.read() == "small");
    child.say(std::string(4096, 'x'));
    CHECK(child.read()->size() == 4096);
  }
}

TEST_CASE("An answer to what was written is read at once", "[host][streams]") {
  Written child({.input = true, .pause = 1h});
  child.begin_pause();
  asio::co_spawn(child.io, child.streams->write("question"), asio::detached);
  child.io.restart();
  child.io.run_one_for(30s);
  child.say("answer");
  CHECK(child.read() == "answer");
}

TEST_CASE("A reader that is closed while it pauses finds the end", "[host][streams]") {
  Written child({.pause = 1h});
  child.begin_pause();
  child.say("more");
  asio::steady_timer close(child.io, 5ms);
  close.async_wait([&](asio::error_code) { child.streams->close(); });
  CHECK(child.read() == "");
}
