#include "net/write_queue.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

using agent::net::WriteQueue;

namespace {

std::string_view next(WriteQueue& queue) {
  const std::span<const char> bytes = queue.next(nullptr);
  return {bytes.data(), bytes.size()};
}

// A string this short lies within its object, whatever was in it before.
constexpr std::size_t kOwnsNothing = 15;

}  // namespace

TEST_CASE("What is appended while bytes are being written comes behind them", "[net]") {
  WriteQueue queue;
  CHECK(next(queue).empty());
  queue.tail() += "first";
  CHECK(next(queue) == "first");
  queue.sent(2);
  queue.tail() += " second";
  CHECK(queue.size() == 10);
  CHECK(next(queue) == "rst");
  queue.sent(3);
  CHECK(next(queue) == " second");
  queue.sent(7);
  CHECK(next(queue).empty());
  CHECK(queue.size() == 0);
}

TEST_CASE("A queue whose receiver is always behind holds what it has not taken, and no more", "[net]") {
  constexpr std::size_t kPiece = 1000;
  WriteQueue queue;
  queue.tail().append(10 * kPiece, 'x');
  for (int i = 0; i < 10'000; ++i) {
    queue.tail().append(kPiece, 'x');
    REQUIRE(next(queue).size() >= kPiece);
    queue.sent(kPiece);
    REQUIRE(queue.size() == 10 * kPiece);
    // Were the taken bytes kept, 10 MB would be held by now.
    REQUIRE(queue.tail().capacity() + queue.records().capacity() <= 64 * kPiece);
  }
}

TEST_CASE("A queue without bytes owns no memory", "[net]") {
  WriteQueue queue;
  queue.tail().append(100'000, 'x');
  queue.sent(next(queue).size());
  CHECK(next(queue).empty());
  CHECK(queue.tail().capacity() <= kOwnsNothing);
  CHECK(queue.records().capacity() <= kOwnsNothing);

  queue.tail().append(100'000, 'x');
  next(queue);
  queue.tail().append(100'000, 'x');
  queue.clear();
  CHECK(queue.size() == 0);
  CHECK(queue.tail().capacity() + queue.records().capacity() <= 2 * kOwnsNothing);
}
