#include "agentctl/line_prefix.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace agentctl;

TEST_CASE("Every line says whose it is, and the last one needs no line end", "[server]") {
  LinePrefix prefix("web-1: ");
  CHECK(prefix.feed("on") == "");
  CHECK(prefix.feed("e\ntwo\n\nthr") == "web-1: one\nweb-1: two\nweb-1: \n");
  CHECK(prefix.finish() == "web-1: thr\n");
  CHECK(prefix.finish() == "");
}

TEST_CASE("A carriage return cannot rewrite the line of another machine", "[server]") {
  LinePrefix prefix("a: ");
  CHECK(prefix.feed("b: all is well\rx\r\n\x1b[1A") == "a: b: all is well\\rx\n");
  CHECK(prefix.finish() == "a: \\x1b[1A\n");
}

TEST_CASE("A line without an end is shown in pieces", "[server]") {
  LinePrefix prefix("a: ");
  const std::string shown = prefix.feed(std::string(3 * LinePrefix::kLongestLine, 'x'));
  CHECK(shown.size() > LinePrefix::kLongestLine);
  CHECK(shown.ends_with("x\n"));
}
