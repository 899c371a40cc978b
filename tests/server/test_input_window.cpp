#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "agent/wire/exec.hpp"
#include "commands/input_window.hpp"

using server::InputPiece;
using server::InputWindow;
using server::kInputKept;
using server::kInputPiece;

namespace {

std::string all_that_goes(InputWindow& window) {
  std::string bytes;
  while (const auto piece = window.next()) bytes += piece->bytes;
  return bytes;
}

}  // namespace

TEST_CASE("Input goes out at once, in pieces, as far as the agent grants it", "[server][commands]") {
  InputWindow window(true);
  window.put(std::string(agent::wire::kInputWindow + 100, 'x'));
  CHECK(window.next()->bytes.size() == kInputPiece);
  CHECK(kInputPiece + all_that_goes(window).size() == agent::wire::kInputWindow);
  window.taken(0, agent::wire::kInputWindow + 40, false);
  const auto piece = window.next();
  REQUIRE(piece);
  CHECK(piece->offset == agent::wire::kInputWindow);
  CHECK(piece->bytes.size() == 40);
}

TEST_CASE("Input is kept until the agent has it, and whoever types waits meanwhile", "[server][commands]") {
  InputWindow window(true);
  window.put(std::string(kInputKept, 'x'));
  all_that_goes(window);
  CHECK_FALSE(window.has_room());
  window.taken(1, agent::wire::kInputWindow + 1, false);
  CHECK(window.has_room());
}

TEST_CASE("What the agent has not got is sent again in a new session, and nothing else",
          "[server][commands]") {
  InputWindow window(true);
  window.put("abcdef");
  window.end();
  CHECK(window.next()->is_end);
  window.rewind();
  window.taken(0, 100, false);
  InputPiece piece = window.next().value();
  CHECK(piece.offset == 0);
  CHECK(piece.bytes == "abcdef");
  CHECK(piece.is_end);
  window.taken(4, 100, false);
  window.rewind();
  piece = window.next().value();
  CHECK(piece.offset == 4);
  CHECK(piece.bytes == "ef");
  CHECK(piece.is_end);
}

TEST_CASE("The end of input goes out once, behind the last byte", "[server][commands]") {
  InputWindow window(true);
  window.put(std::string(kInputPiece + 1, 'x'));
  window.end();
  CHECK_FALSE(window.next()->is_end);
  CHECK(window.next()->is_end);
  CHECK_FALSE(window.next());
  window.put("behind");
  CHECK_FALSE(window.next());
}

TEST_CASE("A server that does not know how far the agent is asks before it sends", "[server][commands]") {
  InputWindow window(false);
  window.put("abc");
  CHECK_FALSE(window.next());
  window.taken(1000, 2000, false);
  CHECK(window.next()->offset == 1000);
}

TEST_CASE("A program that reads no more holds nobody up", "[server][commands]") {
  InputWindow window(true);
  window.put(std::string(kInputKept, 'x'));
  window.taken(0, 0, true);
  CHECK(window.is_closed());
  CHECK(window.has_room());
  CHECK_FALSE(window.next());
  window.rewind();
  CHECK_FALSE(window.next());
}

TEST_CASE("An agent that claims more than it was sent is not believed", "[server][commands]") {
  InputWindow window(true);
  window.put("abc");
  window.taken(5, 10, false);
  CHECK(window.next()->bytes == "abc");
}
