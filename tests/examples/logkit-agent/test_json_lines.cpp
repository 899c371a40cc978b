#include <agent/json.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "examples/logkit-agent/parse/json_members.hpp"
#include "examples/logkit-agent/parse/parser.hpp"

using namespace logkit;

namespace {

struct Sink final : RecordSink {
  Record& record() override {
    current.clear();
    return current;
  }
  void done() override {
    texts.emplace_back();
    append_json(texts.back(), current.fields());
  }
  Arena arena;
  Record current{arena};
  std::vector<std::string> texts;
};

// The records of a line, or the reason for there being none.
std::vector<std::string> parse(const std::string& options, const std::string& line) {
  const agent::json::Document document = agent::json::Document::parse(options);
  const ParserFrame frame = make_parser(PartOptions(document.root(), "parser"));
  Sink sink;
  std::string why;
  if (!frame.parser->parse(line, sink, why)) return {why};
  return sink.texts;
}

std::vector<std::string> parse_json(const std::string& line) { return parse(R"({"type": "json"})", line); }

}  // namespace

TEST_CASE("The parser json keeps values as they are written", "[examples]") {
  CHECK(parse_json(
            R"({"n": 1493797500346428926, "f": 1.0, "o": {"a": [1, 2]}, "s": "x\"\u4e2d", "t": true})") ==
        std::vector<std::string>{
            R"({"n":1493797500346428926,"f":1.0,"o":{"a": [1, 2]},"s":"x\"中","t":true})"});
  CHECK(parse_json("{}") == std::vector<std::string>{"{}"});
  CHECK(parse_json(R"({"a": 1, "b": 2, "a": 3})") == std::vector<std::string>{R"({"a":3,"b":2})"});
}

TEST_CASE("The parser json makes a record of each object of an array or of none", "[examples]") {
  CHECK(parse_json(R"([{"a": 1}, {"b": "]"}])") == std::vector<std::string>{R"({"a":1})", R"({"b":"]"})"});
  CHECK(parse_json(R"([{"a": 1}, 2])").at(0) == "is no JSON array of objects");
  CHECK(parse_json(R"([{"a": 1}, {"b": }])").at(0) == "is no JSON array of objects");
}

TEST_CASE("The parser json refuses what is no object", "[examples]") {
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  for (const std::string& line :
       {std::string("x"), std::string("{"), std::string(R"({"a"})"), std::string(R"({"a": 1} x)"),
        std::string(R"({"a": 01})"), std::string("{\"a\": \"\t\"}"), std::string(R"({"a": "\u12"})"),
        std::string("1"), R"({"a": )" + deep + "}", deep})
    CHECK(parse_json(line).at(0).starts_with("is no JSON"));
}

TEST_CASE("An object with very many members is read in time", "[examples]") {
  std::string line = "{\"x\":0";
  for (int i = 0; i < 100'000; ++i) line += ",\"k" + std::to_string(i % 50'000) + "\":" + std::to_string(i);
  const std::vector<std::string> records = parse_json(line + "}");
  REQUIRE(records.size() == 1);
  CHECK(records[0].starts_with(R"({"x":0,"k0":50000,"k1":50001,)"));
}

TEST_CASE("The parser raw gives the line and the time unless that is switched off", "[examples]") {
  CHECK(parse(R"({"timestamp": false})", "a\tb\x01") ==
        std::vector<std::string>{"{\"raw\":\"a\\tb\\u0001\"}"});
  const std::string with_time = parse("{}", "a").at(0);
  CHECK(with_time.starts_with(R"({"raw":"a","timestamp":"2)"));
  CHECK(with_time.ends_with("Z\"}"));
}

TEST_CASE("Text of a record comes back from its JSON", "[examples]") {
  std::string text;
  for (int c = 1; c < 128; ++c) text += static_cast<char>(c);
  text += "中\\\"";
  std::string json;
  append_json_string(json, text);
  Arena arena;
  CHECK(unescape_json(std::string_view(json).substr(1, json.size() - 2), arena) == text);
  CHECK(agent::json::decode<std::string>(json) == text);
}
