#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "base/json_outline.hpp"

using agent::json::Document;
using agent::json::outline;
using agent::json::OutlinedMember;

namespace {

// "depth key=value", in the order of the visits; "" when the text is refused.
std::string members(const std::string& text) {
  std::string out;
  const bool is_object = outline(text, [&out](const OutlinedMember& member) {
    out +=
        std::to_string(member.depth) + " " + std::string(member.key) + "=" + std::string(member.value) + "\n";
  });
  return is_object ? out + "." : "";
}

bool is_outlined(const std::string& text) { return !members(text).empty(); }

bool is_parsed(const std::string& text) {
  try {
    return Document::parse(text).root().is_object();
  } catch (const agent::Error&) {
    return false;
  }
}

std::string nested(int levels) {
  return "{\"a\":" + std::string(static_cast<std::size_t>(levels - 1), '[') +
         std::string(static_cast<std::size_t>(levels - 1), ']') + "}";
}

}  // namespace

TEST_CASE("An outline has the members of the root and of its objects, the inner ones first", "[base]") {
  CHECK(members(R"({"type":33,"rep":{"a":[{"x":1}],"b":{"deep":{}}},"s":"}\"{"})") ==
        "1 type=33\n"
        "2 a=[{\"x\":1}]\n"
        "2 b={\"deep\":{}}\n"
        "1 rep={\"a\":[{\"x\":1}],\"b\":{\"deep\":{}}}\n"
        "1 s=\"}\\\"{\"\n.");
  CHECK(members(" {\n\"a\" :\t1.5e-3 , \"b\" : null }\r\n") == "1 a=1.5e-3\n1 b=null\n.");
  CHECK(members("{}") == ".");
}

TEST_CASE("Objects within arrays have no members in an outline", "[base]") {
  CHECK(members(R"({"a":[{"b":1},[{"c":2}]]})") == "1 a=[{\"b\":1},[{\"c\":2}]]\n.");
}

TEST_CASE("Strings of every length around the sixteen characters of a step end where they end", "[base]") {
  for (std::size_t length = 0; length < 70; ++length) {
    const std::string plain(length, 'x');
    CAPTURE(length);
    CHECK(members("{\"k\":\"" + plain + "\"}") == "1 k=\"" + plain + "\"\n.");
    CHECK(is_outlined("{\"k\":\"" + plain + "\\n\\u00e9" + plain + "\"}"));
    CHECK_FALSE(is_outlined("{\"k\":\"" + plain + "\n\"}"));
    CHECK_FALSE(is_outlined("{\"k\":\"" + plain + "}"));
  }
}

TEST_CASE("An outline refuses what the parser refuses and takes what it takes", "[base]") {
  for (const std::string& text :
       std::vector<std::string>{"",
                                " ",
                                "{",
                                "}",
                                "[]",
                                "1",
                                "null",
                                "\"a\"",
                                "{}x",
                                "{}{}",
                                "{\"a\"}",
                                "{\"a\":}",
                                "{\"a\":1,}",
                                "{,}",
                                "{a:1}",
                                "{\"a\":1 \"b\":2}",
                                "{\"a\":[1,]}",
                                "{\"a\":[1}",
                                "{\"a\":tru}",
                                "{\"a\":truex}",
                                "{\"a\":NaN}",
                                "{\"a\":Infinity}",
                                "{\"a\":-Infinity}",
                                "{\"a\":+1}",
                                "{\"a\":01}",
                                "{\"a\":-}",
                                "{\"a\":1.}",
                                "{\"a\":.5}",
                                "{\"a\":1e}",
                                "{\"a\":1e+}",
                                "{\"a\":-0.0e-0}",
                                "{\"a\":\"\\x\"}",
                                "{\"a\":\"\\u12g4\"}",
                                "{\"a\":\"\\u12\"}",
                                "{\"a\":\"\\",
                                "{\"a\":\"\\u",
                                "{\"a\":\"\\u1",
                                "{\"a\":\"\t\"}",
                                "{\"a\":1}\x01",
                                "{\"a\":18446744073709551616}",
                                "{\"a\":[[],{},\"\",true,false,null,-1.5E+7]}",
                                "{\"\":\"\"}",
                                "{\"a\":/**/1}",
                                "{'a':1}",
                                "{\"a\":[{\"b\":[1,{\"c\":[]}]},{}],\"d\":[[],[{}]]}",
                                "{\"a\":[{\"b\":1]}",
                                "{\"a\":[{\"b\":[1}]}",
                                "{\"a\":[{\"b\"]}",
                                "{\"a\":[{\"b\":1}}",
                                "{\"a\":[[1,2}]",
                                "{\"a\":[{,}]}",
                                "{\"a\":[,1]}",
                                "{\"a\":[{\"b\":1,}]}",
                                "{\"a\":[ { \"b\" : [ ] , \"c\" : { } } , 1 ] }",
                                "{\"\\u0041\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
                                nested(64),
                                nested(65),
                                "{\"a\":\"caf\xc3\xa9\"}"}) {
    CAPTURE(text);
    CHECK(is_outlined(text) == is_parsed(text));
  }
}

TEST_CASE("Every beginning of a text is refused", "[base]") {
  const std::string text = R"({"a":[1,-2.5e3,"x\u00e9\n",{"b":null}],"c":{"d":true,"e":false}})";
  REQUIRE(is_outlined(text));
  for (std::size_t length = 0; length < text.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(is_outlined(text.substr(0, length)));
  }
}
