// json::Document: parsing of texts, and access to their values.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <optional>

#include "agent/json.hpp"

using namespace agent;
using Catch::Contains;
using json::Document;
using json::Value;
using json::Writer;

namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  out += text;
  out += '"';
  return out;
}

std::string error_of(std::string text) {
  try {
    Document::parse(std::move(text));
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_message);
    return error.what();
  }
  return "no error";
}

std::string nested(std::size_t depth, char open, char close) {
  return std::string(depth, open) + std::string(depth, close);
}

}  // namespace

TEST_CASE("A document gives access to every kind of value", "[base]") {
  Document document =
      Document::parse(R"({"n":null,"t":true,"f":false,"i":-5,"d":0.5,"s":"a\nb","l":[1,[2]],"o":{"k":"v"}})");
  Value root = document.root();
  CHECK(root.is_object());
  CHECK(root.size() == 8);
  CHECK(root.find("n").is_null());
  CHECK(root.find("t").as_bool());
  CHECK_FALSE(root.find("f").as_bool());
  CHECK(root.find("i").as_int(-10, 10) == -5);
  CHECK(root.find("d").as_double() == 0.5);
  CHECK(root.find("d").as_float() == 0.5F);
  CHECK(root.find("d").number_text() == "0.5");
  CHECK(root.find("s").as_string() == "a\nb");
  CHECK(root.find("l").is_array());
  CHECK(root.find("l").at(1).at(0).as_uint(9) == 2);
  CHECK(root.find("l").at(2).is_null());
  CHECK(root.member(7).first == "o");
  CHECK(root.member(7).second.find("k").as_string() == "v");
  CHECK(root.member(8).second.is_null());
  CHECK(root.find("absent").is_null());
}

TEST_CASE("A value of another kind is null to find and at, and has no size", "[base]") {
  Document document = Document::parse("\"text\"");
  CHECK(document.root().find("x").is_null());
  CHECK(document.root().at(0).is_null());
  CHECK(document.root().member(0).second.is_null());
  CHECK(document.root().size() == 0);
  CHECK(Value().is_null());
  CHECK(Document().root().is_null());
}

TEST_CASE("Values stay valid when their document is moved", "[base]") {
  Document first = Document::parse(R"(["short"])");
  Value root = first.root();
  Document second = std::move(first);
  Document third;
  third = std::move(second);
  CHECK(root.at(0).as_string() == "short");
}

TEST_CASE("White space around a value is accepted", "[base]") {
  CHECK(Document::parse(" \t\r\n{} \r\n").root().is_object());
}

TEST_CASE("A text that is not one JSON value is refused with the byte offset", "[base]") {
  CHECK(error_of("") == "JSON: offset 0: the text is empty");
  CHECK(error_of("{} x") == "JSON: offset 3: more text follows the value");
  CHECK(error_of("{}{}") == "JSON: offset 2: more text follows the value");
  CHECK(error_of(R"({"a" 1})") == "JSON: offset 5: a ':' is missing after a member name");
  CHECK(error_of(R"({a:1})") == "JSON: offset 1: a member name in quotes is missing");
  CHECK(error_of(R"({"a":1,})") == "JSON: offset 7: a member name in quotes is missing");
  CHECK(error_of(R"({"a":1)") == "JSON: offset 6: a ',' or '}' is missing after a member");
  CHECK(error_of("[1 2]") == "JSON: offset 3: a ',' or ']' is missing after an element");
  CHECK(error_of(R"("abc)") == "JSON: offset 4: a string does not end");
  CHECK_THAT(error_of(R"("\x")"), Contains("not an escape"));
  CHECK_THAT(error_of(R"("\u12g4")"), Contains("four hexadecimal digits"));
  CHECK(error_of("nul") == "JSON: offset 3: not a JSON value");
}

TEST_CASE("A control character is refused wherever it stands, inside of strings too", "[base]") {
  CHECK(error_of(std::string("{}\0{}", 5)) == "JSON: offset 2: control character 0x00");
  CHECK(error_of(std::string("{}\0", 3)) == "JSON: offset 2: control character 0x00");
  for (char byte = 0; byte < 0x20; ++byte) {
    if (byte == '\n' || byte == '\t' || byte == '\r') continue;
    for (std::size_t place : {0, 1, 63, 64, 100, 199}) {
      std::string text(200, 'x');
      text[place] = byte;
      CHECK_THAT(error_of(in_quotes(text)), Contains(std::to_string(place + 1) + ": control character"));
    }
  }
}

TEST_CASE("A tab or line end is refused inside of a string", "[base]") {
  for (char byte : {'\n', '\t', '\r'}) {
    for (std::size_t place : {0, 1, 63, 64, 100, 199}) {
      std::string text(200, 'x');
      text[place] = byte;
      CHECK_THAT(error_of(in_quotes(text)),
                 Contains(std::to_string(place + 1) + ": not an escape, or a control"));
    }
  }
}

TEST_CASE("Number forms that JSON does not have are refused", "[base]") {
  auto text = GENERATE(as<std::string>(), "01", "+1", ".5", "5.", "1e", "0x10", "NaN", "Infinity", "-", "--1",
                       "1_000");
  CAPTURE(text);
  CHECK_THAT(error_of(text), Contains("offset"));
}

TEST_CASE("A string may hold an escaped NUL", "[base]") {
  Document document = Document::parse(R"("a\u0000b")");
  CHECK(document.root().as_string() == std::string_view("a\0b", 3));
  CHECK(document.root().text() == R"("a\u0000b")");
}

TEST_CASE("Nesting is accepted up to the limit and refused beyond it", "[base]") {
  const auto limit = static_cast<std::size_t>(json::kMaxDepth);
  CHECK(Document::parse(nested(limit, '[', ']')).root().size() == 1);
  CHECK_THAT(error_of(nested(limit + 1, '[', ']')), Contains("offset 64") && Contains("at most 64 levels"));
  CHECK_THAT(error_of("[" + nested(limit, '[', ']') + "]"), Contains("at most 64 levels"));
}

TEST_CASE("Text nested 10,000 deep is refused at the limit, in arrays and in objects", "[base]") {
  std::string objects;
  for (int i = 0; i < 10000; ++i) objects += R"({"a":)";
  CHECK_THAT(error_of(nested(10000, '[', ']')), Contains("offset 64: nested too deeply"));
  CHECK_THAT(error_of(objects), Contains("nested too deeply"));
}

TEST_CASE("The nesting limit counts depth, not brackets", "[base]") {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += "[],{},";
  CHECK(Document::parse(text + "0]").root().size() == 2001);
}

TEST_CASE("A large document keeps every value", "[base]") {
  Writer out;
  out.begin_array();
  for (int i = 0; i < 20000; ++i) out.begin_object().key("i").integer(i).end_object();
  out.end_array();
  Document document = Document::parse(out.take());
  REQUIRE(document.root().size() == 20000);
  bool all = true;
  for (int i = 0; i < 20000; ++i)
    all &= document.root().at(static_cast<std::size_t>(i)).find("i").as_int(0, 20000) == i;
  CHECK(all);
}

TEST_CASE("Bytes that are not UTF-8 are read as U+FFFD", "[base]") {
  auto bytes = GENERATE(as<std::string>(), "\xFF", "\x80", "\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80",
                        "\xF4\x90\x80\x80", "\xF0\x9F\x98", "\xF8");
  std::string expected = "a";
  for (std::size_t i = 0; i < bytes.size(); ++i) expected += "\xEF\xBF\xBD";
  CHECK(Document::parse("\"a" + bytes + "b\"").root().as_string() == expected + "b");
}

TEST_CASE("A byte that is not UTF-8 is found at every place", "[base]") {
  for (std::size_t place = 0; place < 200; ++place) {
    std::string text(200, 'x');
    text.replace(place, 1, "\xC3");
    const std::string expected = std::string(text).replace(place, 1, "\xEF\xBF\xBD");
    if (Document::parse(in_quotes(text)).root().as_string() != expected) FAIL("at " << place);
  }
}

TEST_CASE("Valid UTF-8 of every length is kept", "[base]") {
  const std::string text = "$\xC2\xA2\xE0\xA4\xB9\xED\x9F\xBF\xEF\xBF\xBD\xF0\x90\x8D\x88\xF4\x8F\xBF\xBF";
  CHECK(Document::parse(in_quotes(text)).root().as_string() == text);
  CHECK(json::encode(text) == in_quotes(text));
}

TEST_CASE("Surrogate escapes count in pairs, and halves are U+FFFD", "[base]") {
  auto string = [](const std::string& text) {
    return std::string(Document::parse(in_quotes(text)).root().as_string());
  };
  CHECK(string(R"(\ud83d\ude00)") == "\xF0\x9F\x98\x80");
  CHECK(string(R"(\uD83D)") == "\xEF\xBF\xBD");
  CHECK(string(R"(\ude00x)") == "\xEF\xBF\xBDx");
  CHECK(string(R"(\ud83d\ud83d\ude00)") == "\xEF\xBF\xBD\xF0\x9F\x98\x80");
  CHECK(string(R"(\ud83d\u0041)") ==
        "\xEF\xBF\xBD"
        "A");
  CHECK(string(R"(\\ud83d)") == R"(\ud83d)");
  CHECK_THAT(error_of(R"("\ud83d\u12")"), Contains("hexadecimal"));
  CHECK_THAT(error_of(R"("\ud8)"), Contains("hexadecimal"));
  CHECK_THAT(error_of("\"\\ud83d\\"), Contains("offset"));
}

// Two readers share the work: what has an escape is for the other one.
TEST_CASE("A text is read the same with an escape beside it, and without one", "[base]") {
  const char* const text =
      GENERATE("0", "-0", "10", "-12.50", "1e3", "1E-400", "1e400", "01", "1.", ".5", "-", "- 1", "+1",
               "0x10", "1 2", "true", "false", "null", "tru", "nulll", "\"\"", "\"0123456789abcdefg\"", "\"a",
               "[]", "[ ]", "[1,2 , 3]", "[1,]", "[,1]", "[1 2]", "[1", "]", "{}", "{ }", R"({"a":1})",
               R"({ "a" : { "b" : [ {} , [] ] } , "a" : null })", R"({"a":1,})", R"({"a" 1})", R"({a:1})",
               R"({"a":})", R"({"a"})", R"({"a":1)", R"({,})", "1,2", "");
  CAPTURE(text);
  const auto read_beside = [text](std::string_view beside) -> std::optional<std::string> {
    try {
      return Document::parse(fmt::format("[{},{}]", beside, text)).root().text();
    } catch (const Error&) {
      return std::nullopt;
    }
  };
  const std::optional<std::string> plain = read_beside(R"("A")");
  CHECK(plain == read_beside(R"("\u0041")"));
}

TEST_CASE("Garbage bytes never crash the parser", "[base]") {
  std::uint32_t state = 1;
  auto next = [&] { return state = state * 1664525 + 1013904223; };
  const std::string_view alphabet = "{}[]\":,\\u0dD8e+-.truefalsn \xED\xA0\x80\xFF";
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::uint32_t size = next() % 24; size > 0; --size)
      text += alphabet[next() / 65536 % alphabet.size()];
    try {
      Document::parse(text).root().text();
      ++accepted;
    } catch (const Error& error) {
      REQUIRE(error.code() == Errc::bad_message);
    }
  }
  CHECK(accepted > 0);
}
