#include <catch2/catch.hpp>

#include "commands/audience.hpp"

using server::Audience;
using server::kFarBehind;
using server::kOutputAhead;

TEST_CASE("The first viewer who wants to type does, and the next one when that one leaves",
          "[server][commands]") {
  Audience audience;
  const auto reader = audience.join("", "ann", 0, false);
  CHECK(audience.writer() == 0);
  const auto first = audience.join("", "bob", 0, true);
  const auto second = audience.join("", "cec", 0, true);
  CHECK(audience.writer() == first);
  CHECK(audience.writer_name() == "bob");
  audience.leave(first);
  CHECK(audience.writer() == second);
  audience.leave(second);
  CHECK(audience.writer() == 0);
  audience.leave(reader);
  CHECK(audience.is_empty());
}

TEST_CASE("Whoever takes over types from then on, and nobody else", "[server][commands]") {
  Audience audience;
  const auto first = audience.join("", "bob", 0, true);
  const auto second = audience.join("", "cec", 0, false);
  audience.take_over(second);
  CHECK(audience.writer() == second);
  audience.take_over(first);
  CHECK(audience.writer() == first);
  audience.take_over(99);
  CHECK(audience.writer() == first);
}

TEST_CASE("A writer that comes back types, also before its old connection is known to be lost",
          "[server][commands]") {
  Audience audience;
  const auto old = audience.join("me", "", 0, true);
  audience.join("other", "", 0, true);
  const auto again = audience.join("me", "", 0, true);
  CHECK(audience.writer() == again);
  audience.leave(old);
  CHECK(audience.writer() == again);
}

TEST_CASE("A connection whose client has come back never types again, also when the newer one is gone first",
          "[server][commands]") {
  Audience audience;
  const auto old = audience.join("me", "", 0, true);
  const auto again = audience.join("me", "", 0, true);
  audience.leave(again);
  CHECK(audience.writer() == 0);
  CHECK_FALSE(audience.take_over(old));
  CHECK(audience.writer() == 0);
  const auto last = audience.join("me", "", 0, true);
  CHECK(audience.writer() == last);
}

TEST_CASE("A client that comes back only to watch leaves its keyboard to its other connection",
          "[server][commands]") {
  Audience audience;
  const auto typist = audience.join("me", "", 0, true);
  audience.join("me", "", 0, false);
  CHECK(audience.writer() == typist);
}

TEST_CASE("A program waits for the fastest viewer and for no slower one", "[server][commands]") {
  Audience audience;
  const auto slow = audience.join("", "", 0, false);
  const auto fast = audience.join("", "", 0, false);
  for (std::uint64_t seq = 1; seq <= 10; ++seq) audience.note(seq, seq * kOutputAhead / 2);
  CHECK(audience.may_acknowledge(10) == 2);
  audience.saw(fast, kOutputAhead);
  CHECK(audience.may_acknowledge(10) == 4);
  audience.saw(slow, kOutputAhead / 2);
  CHECK(audience.may_acknowledge(10) == 4);
  CHECK(audience.may_acknowledge(3) == 3);
}

TEST_CASE("A program waits for nobody when everybody has left", "[server][commands]") {
  Audience audience;
  const auto one = audience.join("", "", 0, false);
  audience.note(1, 10 * kOutputAhead);
  CHECK(audience.may_acknowledge(1) == 0);
  audience.leave(one);
  CHECK(audience.may_acknowledge(1) == 1);
}

TEST_CASE("A viewer far behind jumps to the present only if another one follows", "[server][commands]") {
  Audience audience;
  const auto slow = audience.join("", "", 0, false);
  const std::uint64_t total = 3 * kFarBehind;
  CHECK(audience.next_for(0, total, 100) == 0);
  const auto fast = audience.join("", "", total, false);
  CHECK(audience.next_for(0, total, 100) == total - 100);
  CHECK(audience.next_for(total - 10, total, 100) == total - 10);
  audience.leave(fast);
  audience.saw(slow, 0);
  CHECK(audience.next_for(0, total, 100) == 0);
}

TEST_CASE("Input is counted for each client over all of its connections", "[server][commands]") {
  Audience audience;
  const auto first = audience.join("a", "", 0, true);
  audience.count_typed(first, 5);
  audience.leave(first);
  const auto again = audience.join("a", "", 0, true);
  audience.count_typed(again, 2);
  CHECK(audience.typed("a") == 7);
  CHECK_FALSE(audience.typed("b"));
  CHECK_FALSE(audience.typed(""));
  for (int i = 0; i < 100; ++i) {
    const auto other = audience.join(std::to_string(i), "", 0, true);
    audience.count_typed(other, 1);
  }
  CHECK_FALSE(audience.typed("a"));  // it came long ago
  CHECK(audience.typed("99") == 1);
}
