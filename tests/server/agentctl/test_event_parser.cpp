#include "agentctl/event_parser.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"

using namespace agentctl;

namespace {

const std::string kText =
    ": hello\n\nid: 5\nevent: output\ndata: {\"a\":1}\n\ndata: one\r\ndata:two\r\n\r\nevent: nothing\n\nevent: cut\ndata: x\n";

std::string told(const std::vector<StreamEvent>& events) {
  std::string text;
  for (const StreamEvent& event : events) text += event.name + "|" + event.data + "|" + event.id + ";";
  return text;
}

}  // namespace

TEST_CASE("Events are read whatever the borders of the pieces", "[server]") {
  const std::string expected = "output|{\"a\":1}|5;message|one\ntwo|5;";
  CHECK(told(EventParser().feed(kText)) == expected);
  EventParser slow;
  std::string text;
  for (const char c : kText) text += told(slow.feed(std::string(1, c)));
  CHECK(text == expected);
}

TEST_CASE("A line of an event stream has a limit", "[server]") {
  EventParser parser;
  CHECK_THROWS_AS(parser.feed(std::string(EventParser::kLongestLine + 1, 'x')), agent::Error);
}
