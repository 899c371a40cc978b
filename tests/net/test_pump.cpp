#include "agent/pump.hpp"

#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "base/digest_source.hpp"
#include "base/event.hpp"
#include "net/spawn.hpp"
#include "tests/support/on_loop.hpp"

using namespace agent;

namespace {

using Pieces = std::vector<std::string>;

// Gives its pieces, then ends, fails, or waits for ever. Counts what is asked of it.
class Script final : public ByteSource {
 public:
  enum class End { quiet, failure, silence };
  explicit Script(Pieces pieces, End end = End::quiet) : pieces_(pieces.begin(), pieces.end()), end_(end) {}

  Task<std::string> read() override {
    ++reads;
    if (pieces_.empty()) {
      if (end_ == End::failure) throw Error(Errc::disconnected, "the peer is gone");
      if (end_ == End::silence) co_await never_.wait();
      co_return std::string();
    }
    std::string piece = std::move(pieces_.front());
    pieces_.pop_front();
    co_return piece;
  }

  int reads = 0;

 private:
  std::deque<std::string> pieces_;
  const End end_;
  Event never_;
};

// Keeps what it is given; refuses from the piece of that number on. Remembers how far the source had come.
class Kept final : public ByteSink {
 public:
  explicit Kept(std::shared_ptr<Script> from, std::size_t room = 1000)
      : from_(std::move(from)), room_(room) {}

  Task<> write(std::string bytes) override {
    if (pieces.size() >= room_) throw Error(Errc::refused, "no room");
    pieces.push_back(std::move(bytes));
    reads.push_back(from_->reads);
    co_return;
  }

  Pieces pieces;
  std::vector<int> reads;

 private:
  const std::shared_ptr<Script> from_;
  const std::size_t room_;
};

// A pump, and what came of it.
struct Run {
  explicit Run(Pieces pieces, Script::End end = Script::End::quiet, std::size_t room = 1000)
      : source(std::make_shared<Script>(std::move(pieces), end)),
        sink(std::make_shared<Kept>(source, room)) {}

  // Fills in `bytes`, or `error` and its text.
  static Task<> pump(Run* run, std::uint64_t most, std::size_t batch) {
    const std::shared_ptr<ByteSource> from = run->source;
    const std::shared_ptr<ByteSink> to = run->sink;
    try {
      run->bytes = co_await agent::pump(from, to, most, batch);
    } catch (const Error& error) {
      run->error = error.code();
      run->text = error.what();
    }
    run->done = true;
  }
  Run& operator()(std::uint64_t most = kNoLimit, std::size_t batch = 1) {
    test::on_loop([&](net::Loop&) { return pump(this, most, batch); });
    return *this;
  }

  std::shared_ptr<Script> source;
  std::shared_ptr<Kept> sink;
  std::uint64_t bytes = 0;
  std::optional<Errc> error;
  std::string text;
  bool done = false;
};

Task<> gather_into(std::string* all, std::shared_ptr<ByteSource> from, std::size_t least) {
  *all = co_await gather(from, least);
}

std::string gathered(Pieces pieces, std::size_t least) {
  std::string all;
  const auto from = std::make_shared<Script>(std::move(pieces));
  test::on_loop([&](net::Loop&) { return gather_into(&all, from, least); });
  return all;
}

Task<> pump_all(std::uint64_t* bytes, std::shared_ptr<ByteSource> from, std::shared_ptr<ByteSink> to) {
  *bytes = co_await pump(from, to);
}

Task<> settle(net::Loop& loop) {
  for (int i = 0; i < 20; ++i) co_await asio::post(loop.io(), asio::use_awaitable);
}

// Cancels `run`, which waits for its source.
Task<> cancel(net::Loop* loop, Run* run) {
  asio::cancellation_signal stop;
  net::spawn(*loop, Run::pump(run, kNoLimit, 1), stop.slot(), [](std::exception_ptr) {});
  co_await settle(*loop);
  CHECK(run->sink->pieces == Pieces{"ab"});
  CHECK_FALSE(run->done);
  CHECK(run->source.use_count() > 2);  // the pump's, the sink's, ours
  stop.emit(asio::cancellation_type::terminal);
  co_await settle(*loop);
}

}  // namespace

TEST_CASE("A pump copies every piece and counts the bytes", "[net][pump]") {
  Run run({"ab", "c", "def"});
  run();
  CHECK(run.bytes == 6);
  CHECK(run.sink->pieces == Pieces{"ab", "c", "def"});
  CHECK(run.source->reads == 4);  // nobody reads behind the end
}

TEST_CASE("A pump writes nothing for an empty content", "[net][pump]") {
  Run run({});
  run(kNoLimit, 100);
  CHECK(run.bytes == 0);
  CHECK(run.sink->pieces.empty());
  CHECK(run.source->reads == 1);
  CHECK_FALSE(run.error);
}

TEST_CASE("A pump reads a piece only when the one before has been taken", "[net][pump]") {
  Run run({"a", "b", "c"});
  run();
  CHECK(run.sink->reads == std::vector<int>{1, 2, 3});
}

TEST_CASE("A pump gathers small pieces to batches and leaves large ones as they are", "[net][pump]") {
  Run run({"ab", "cd", "e", "0123456789", "f"});
  run(kNoLimit, 4);
  CHECK(run.sink->pieces == Pieces{"abcd", "e0123456789", "f"});
  CHECK(run.bytes == 16);

  Run exact({"ab", "cd"});  // the end comes alone
  exact(kNoLimit, 4);
  CHECK(exact.sink->pieces == Pieces{"abcd"});
}

TEST_CASE("A content may be as long as the bound and no byte longer", "[net][pump]") {
  for (const std::size_t batch : {1, 3, 100}) {
    Run exact({"abc", "def"});
    exact(6, batch);
    CHECK(exact.bytes == 6);
    CHECK_FALSE(exact.error);

    Run longer({"abc", "def", "g"});
    longer(6, batch);
    CHECK(longer.error == Errc::too_large);
    CHECK(longer.text == "more than 6 bytes");
    std::size_t written = 0;
    for (const std::string& piece : longer.sink->pieces) written += piece.size();
    CHECK(written <= 6);
  }
  Run none({"a"});
  none(0);
  CHECK(none.error == Errc::too_large);
  CHECK(none.sink->pieces.empty());
  Run empty({});
  empty(0);
  CHECK_FALSE(empty.error);
}

TEST_CASE("A source that fails half way fails the pump", "[net][pump]") {
  Run run({"ab", "c"}, Script::End::failure);
  run();
  CHECK(run.error == Errc::disconnected);
  CHECK(run.text == "the peer is gone");
  CHECK(run.sink->pieces == Pieces{"ab", "c"});  // what came before has been written
}

TEST_CASE("A sink that refuses ends the pump, and nothing more is read", "[net][pump]") {
  Run run({"a", "b", "c", "d"}, Script::End::quiet, 2);
  run();
  CHECK(run.error == Errc::refused);
  CHECK(run.sink->pieces == Pieces{"a", "b"});
  CHECK(run.source->reads == 3);
}

TEST_CASE("A cancelled pump ends and lets go of both ends", "[net][pump]") {
  Run run({"ab"}, Script::End::silence);
  test::on_loop([&](net::Loop& loop) { return cancel(&loop, &run); });
  CHECK(run.done);
  CHECK(run.error == Errc::cancelled);
  CHECK(run.source.use_count() == 2);
}

TEST_CASE("Gathered are at least as many bytes as are wanted, fewer only at the end", "[net][pump]") {
  CHECK(gathered({}, 5) == "");
  CHECK(gathered({"abc"}, 5) == "abc");
  CHECK(gathered({"abc", "de"}, 5) == "abcde");
  CHECK(gathered({"abc", "defg", "h"}, 5) == "abcdefg");
  CHECK(gathered({"abc", "d"}, 1) == "abc");
}

TEST_CASE("What is gathered takes no more memory than what is wanted and a piece", "[net][pump]") {
  const std::string piece(1000, 'x');
  const std::string all = gathered(Pieces(1000, piece), 500'001);
  CHECK(all.size() == 501'000);
  CHECK(all.capacity() <= 501'001 + 16);
}

TEST_CASE("A digest of a content is taken while it passes", "[net][pump]") {
  auto script = std::make_shared<Script>(Pieces{"ab", "c"});
  auto digested = std::make_shared<DigestSource>(script);
  auto sink = std::make_shared<Kept>(script);
  std::uint64_t bytes = 0;
  test::on_loop([&](net::Loop&) { return pump_all(&bytes, digested, sink); });
  CHECK(bytes == 3);
  CHECK(sink->pieces == Pieces{"ab", "c"});
  CHECK(digested->size() == 3);
  CHECK(hex(digested->md5()) == "900150983cd24fb0d6963f7d28e17f72");
}
