#include <catch2/catch.hpp>

#include "agentctl/escape_keys.hpp"

using agentctl::EscapeKeys;
using agentctl::KeyOrder;
using agentctl::Keys;

TEST_CASE("The escape key is an order at a line's beginning alone", "[agentctl]") {
  EscapeKeys keys('~');
  CHECK(keys.feed("a~.").bytes == "a~.");
  CHECK(keys.feed("\r").bytes == "\r");
  const Keys left = keys.feed("~.rest");
  CHECK(left.bytes.empty());
  CHECK(left.order == KeyOrder::leave);
  CHECK(left.rest == "rest");
}

TEST_CASE("An order is found where the keys of it come one by one", "[agentctl]") {
  EscapeKeys keys('~');
  CHECK(keys.feed("~").bytes.empty());
  CHECK(keys.feed("t").order == KeyOrder::take_over);
  CHECK(keys.feed("~").bytes.empty());
  CHECK(keys.feed("?").order == KeyOrder::help);
}

TEST_CASE("Two escape keys are one, and an unknown order is what was typed", "[agentctl]") {
  EscapeKeys keys('~');
  CHECK(keys.feed("~~.").bytes == "~.");
  CHECK(keys.feed("\r~x").bytes == "\r~x");
  CHECK(keys.feed("~.").bytes == "~.");  // not at a line's beginning any more
}

TEST_CASE("Everything is typed where there is no escape key", "[agentctl]") {
  EscapeKeys keys(std::nullopt);
  CHECK(keys.feed("~.").bytes == "~.");
}
