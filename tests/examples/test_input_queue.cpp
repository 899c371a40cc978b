// exec-agent's queue of input against a server whose messages come again, and break off, at random.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "examples/exec-agent/input_queue.hpp"

using agent::wire::kInputWindow;

TEST_CASE("Bytes of input that come again are passed over", "[examples]") {
  InputQueue queue({}, true);
  queue.put(0, "abc", false);
  queue.put(0, "abc", false);
  queue.put(1, "bcde", false);
  CHECK(queue.take() == "abcde");
  CHECK(queue.got() == 5);
}

TEST_CASE("Nothing is taken behind a gap in the input", "[examples]") {
  InputQueue queue({}, true);
  queue.put(3, "def", true);
  CHECK(queue.got() == 0);
  CHECK_FALSE(queue.is_over());
}

TEST_CASE("A queue of input grants no more than its window, however little is read", "[examples]") {
  InputQueue queue({}, true);
  queue.put(0, std::string(kInputWindow + 5, 'x'), true);
  CHECK(queue.got() == kInputWindow);
  CHECK(queue.until() == kInputWindow);
  queue.put(kInputWindow, "y", false);
  CHECK(queue.got() == kInputWindow);
  queue.take();
  CHECK(queue.until() == kInputWindow);
  queue.wrote();
  CHECK(queue.until() == 2 * kInputWindow);
  queue.put(kInputWindow, "y", true);
  CHECK(queue.take() == "y");
}

TEST_CASE("Input is over once its last byte has been written", "[examples]") {
  InputQueue queue("first", false);
  CHECK_FALSE(queue.is_over());
  queue.put(0, "late", false);
  CHECK(queue.take() == "first");
  CHECK_FALSE(queue.is_over());
  queue.wrote();
  CHECK(queue.is_over());
}

TEST_CASE("A program gets each byte of its input once, whatever happens to the sessions", "[examples]") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::string sent(random() % 200'000, '\0');
    for (char& byte : sent) byte = static_cast<char>(random());
    InputQueue queue({}, true);
    std::string read;
    std::uint64_t at = 0;
    while (!queue.is_over()) {
      if (random() % 8 == 0) at = queue.got() - std::min<std::uint64_t>(queue.got(), random() % 100);
      const std::uint64_t room = std::max(queue.until(), at) - at;
      const std::size_t count =
          static_cast<std::size_t>(std::min<std::uint64_t>({room, sent.size() - at, random() % 20'000}));
      queue.put(at, std::string_view(sent).substr(at, count), at + count == sent.size());
      at += count;
      if (random() % 2 != 0) continue;
      read += queue.take();
      queue.wrote();
    }
    CHECK(read == sent);
  }
}
