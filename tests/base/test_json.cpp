#include "agent/json.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <clocale>
#include <cstring>

using namespace agent;
using Catch::Contains;
using json::Document;
using json::Value;
using json::Writer;

namespace {

std::string quoted(std::string_view text) {
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

template <class T>
std::string read_error(const std::string& text) {
  try {
    json::decode<T>(text);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_message);
    return error.what();
  }
  return "no error";
}

std::string nested(std::size_t depth, char open, char close) {
  return std::string(depth, open) + std::string(depth, close);
}

enum class Color : std::uint8_t { none, red };

struct Sample {
  bool flag = false;
  std::int32_t number = 0;
  double ratio = 0;
  std::string text;
  std::vector<std::string> list;
  std::map<std::string, int> map;
  std::optional<int> maybe;
  std::array<std::uint8_t, 2> bytes{};
  std::chrono::nanoseconds pause{};
  Color color = Color::none;
  json::Raw raw;

  static void fields(auto& field) {
    field("flag", &Sample::flag, "", omit_empty);
    field("number", &Sample::number, "", omit_empty);
    field("ratio", &Sample::ratio, "", omit_empty);
    field("text", &Sample::text, "", omit_empty);
    field("list", &Sample::list, "", omit_empty);
    field("map", &Sample::map, "", omit_empty);
    field("maybe", &Sample::maybe, "", omit_empty);
    field("bytes", &Sample::bytes, "", omit_empty);
    field("pause", &Sample::pause, "", omit_empty);
    field("color", &Sample::color, "", omit_empty);
    field("raw", &Sample::raw, "", omit_empty);
  }
};

struct Plain {
  std::vector<int> list;
  std::map<std::string, int> map;
  std::optional<int> maybe;
  json::Raw raw;

  static void fields(auto& field) {
    field("list", &Plain::list);
    field("map", &Plain::map);
    field("maybe", &Plain::maybe);
    field("raw", &Plain::raw);
  }
};

struct Named {
  std::string id;
  static void fields(auto& field) { field("id", &Named::id); }
};

std::string id_in(const std::string& text) { return json::decode<Named>(text).id; }

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
      CHECK_THAT(error_of(quoted(text)), Contains(std::to_string(place + 1) + ": control character"));
    }
  }
}

TEST_CASE("A tab or line end is refused inside of a string", "[base]") {
  for (char byte : {'\n', '\t', '\r'}) {
    for (std::size_t place : {0, 1, 63, 64, 100, 199}) {
      std::string text(200, 'x');
      text[place] = byte;
      CHECK_THAT(error_of(quoted(text)),
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

TEST_CASE("Integers have no fraction, no exponent, and fit", "[base]") {
  CHECK(json::decode<int>("-2147483648") == std::numeric_limits<int>::min());
  CHECK(json::decode<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  CHECK(json::decode<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK(json::decode<int>("-0") == 0);
  CHECK(read_error<int>("1.0") == "expected an integer from -2147483648 to 2147483647, found 1.0");
  CHECK_THAT(read_error<int>("1e1"), Contains("found 1e1"));
  CHECK_THAT(read_error<int>("2147483648"), Contains("found 2147483648"));
  CHECK_THAT(read_error<std::int64_t>("9223372036854775808"), Contains("found 9223372036854775808"));
  CHECK(read_error<std::uint8_t>("256") == "expected an integer from 0 to 255, found 256");
  CHECK(read_error<std::uint8_t>("-1") == "expected an integer from 0 to 255, found -1");
  CHECK_THAT(read_error<std::uint64_t>("18446744073709551616"), Contains("found 18446744073709551616"));
  CHECK_THAT(read_error<int>("\"5\""), Contains("found a string"));
  CHECK_THAT(read_error<int>("true"), Contains("found true"));
}

TEST_CASE("Real numbers are read to the nearest value", "[base]") {
  CHECK(json::decode<double>("0.1") == 0.1);
  CHECK(json::decode<double>("1e1") == 10);
  CHECK(json::decode<double>("9007199254740993") == 9007199254740992.0);
  CHECK(json::decode<double>("2.2250738585072011e-308") == 2.2250738585072011e-308);
  CHECK(json::decode<double>("1.7976931348623157e308") == std::numeric_limits<double>::max());
  CHECK(json::decode<double>("4.9e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(json::decode<float>("0.1") == 0.1F);
  CHECK(json::decode<float>("16777217") == 16777216.0F);
}

TEST_CASE("A real number too small is 0 and one too large is refused", "[base]") {
  CHECK(json::decode<double>("1e-400") == 0);
  CHECK(json::decode<double>("-1e-99999") == 0);
  CHECK(json::decode<double>("0." + std::string(400, '0') + "1") == 0);
  CHECK(json::decode<float>("1e-60") == 0);
  CHECK_THAT(read_error<double>("1e400"), Contains("offset 0") && Contains("range of a double"));
  CHECK_THAT(read_error<double>("[1e400]"), Contains("offset 1"));
  CHECK_THAT(read_error<double>("1.8e308"), Contains("range of a double") && Contains("1.8e308"));
  CHECK_THAT(read_error<double>("0.9e309"), Contains("range of a double"));
  CHECK_THAT(read_error<double>(std::string(400, '9')), Contains("range of a double"));
  CHECK_THAT(read_error<float>("1e39"),
             Contains("expected a number within the range of a float, found 1e39"));
  CHECK_THAT(read_error<double>("\"1\""), Contains("found a string"));
}

TEST_CASE("An error quotes a number but never a string", "[base]") {
  CHECK(read_error<bool>("1") == "expected true or false, found 1");
  CHECK(read_error<bool>(R"("secret")") == "expected true or false, found a string");
  CHECK(read_error<std::string>("null") == "no error");
  CHECK(read_error<std::vector<int>>("{}") == "expected an array, found an object");
  CHECK(read_error<std::map<std::string, int>>("[]") == "expected an object, found an array");
  CHECK(read_error<std::map<std::string, int>>(R"({"a":1,"b":"x"})").starts_with("b: expected an integer"));
  CHECK(read_error<int>("1" + std::string(200, '0') + ".5").size() < 120);
}

TEST_CASE("A key matches exactly first, else without regard to case", "[base]") {
  CHECK(id_in(R"({"ID":"upper"})") == "upper");
  CHECK(id_in(R"({"id":"exact","ID":"upper"})") == "exact");
  CHECK(id_in(R"({"iD":"a","ID":"b"})") == "b");
  CHECK(id_in(R"({"i":"a","idx":"b"})").empty());
  CHECK(id_in("{\"\xC4\xB0"
              "d\":\"a\"}")
            .empty());
}

TEST_CASE("Of duplicate keys the last wins, and unknown keys are ignored", "[base]") {
  CHECK(id_in(R"({"id":"a","id":"b"})") == "b");
  CHECK(id_in(R"({"x":{"id":"deep"},"id":"a","y":[[[]]],"z":null})") == "a");
  CHECK(id_in(R"({"id":"a","id":null})").empty());
}

TEST_CASE("Null leaves every kind of field at its default", "[base]") {
  const auto sample = json::decode<Sample>(
      R"({"flag":null,"number":null,"ratio":null,"text":null,"list":null,"map":null,"maybe":null,"bytes":null,"pause":null,"color":null,"raw":null})");
  CHECK(json::encode(sample) == R"({"bytes":[0,0]})");
}

TEST_CASE("Every kind of field is read back as it was written", "[base]") {
  const std::string text =
      R"({"flag":true,"number":-3,"ratio":0.25,"text":"x","list":["a",""],"map":{"k":1},"maybe":0,"bytes":[7,8],"pause":90000000000,"color":1,"raw":{"a":[1.50,12345678901234567890123,null]}})";
  const auto sample = json::decode<Sample>(text);
  CHECK(sample.pause == std::chrono::seconds(90));
  CHECK(sample.color == Color::red);
  CHECK(sample.maybe == 0);
  CHECK(json::encode(sample) == text);
}

TEST_CASE("Omitted are false, 0, empty text, lists, maps and options, but no fixed array", "[base]") {
  CHECK(json::encode(Sample{}) == R"({"bytes":[0,0]})");
}

TEST_CASE("An empty list, map, option or raw value that is not omitted is null", "[base]") {
  CHECK(json::encode(Plain{}) == R"({"list":null,"map":null,"maybe":null,"raw":null})");
}

TEST_CASE("Raw keeps the value's text, numbers to the last digit", "[base]") {
  CHECK(json::decode<json::Raw>(R"( { "a" : [ 1.10 , 1E5, "\u00e9" ] } )").text ==
        "{\"a\":[1.10,1E5,\"\xC3\xA9\"]}");
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
    if (Document::parse(quoted(text)).root().as_string() != expected) FAIL("at " << place);
  }
}

TEST_CASE("Valid UTF-8 of every length is kept", "[base]") {
  const std::string text = "$\xC2\xA2\xE0\xA4\xB9\xED\x9F\xBF\xEF\xBF\xBD\xF0\x90\x8D\x88\xF4\x8F\xBF\xBF";
  CHECK(Document::parse(quoted(text)).root().as_string() == text);
  CHECK(json::encode(text) == quoted(text));
}

TEST_CASE("Surrogate escapes count in pairs, and halves are U+FFFD", "[base]") {
  auto string = [](const std::string& text) {
    return std::string(Document::parse(quoted(text)).root().as_string());
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

TEST_CASE("Strings are escaped where JSON demands it and nowhere else", "[base]") {
  CHECK(json::encode(std::string("a\"b\\c/d")) == R"("a\"b\\c/d")");
  CHECK(json::encode(std::string("\n\r\t\b\f\x1f\x7f")) == "\"\\n\\r\\t\\u0008\\u000c\\u001f\x7f\"");
  CHECK(json::encode(std::string("<&>")) == R"("<&>")");
  CHECK(json::encode(std::string()) == R"("")");
}

TEST_CASE("Each special byte is found at every place of a string", "[base]") {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t place = 0; place < 20; ++place) {
      std::string text(20, 'x');
      text[place] = static_cast<char>(byte);
      const std::string expected = byte < 0x80 ? text : text.replace(place, 1, "\xEF\xBF\xBD");
      text = std::string(20, 'x');
      text[place] = static_cast<char>(byte);
      if (Document::parse(json::encode(text)).root().as_string() != expected)
        FAIL("byte " << byte << " at " << place);
    }
  }
}

TEST_CASE("Invalid UTF-8 is written as U+FFFD", "[base]") {
  CHECK(json::encode(std::string("a\xFF\xC3z")) == "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\"");
}

TEST_CASE("Numbers are written as the shortest text that reads back equal", "[base]") {
  CHECK(json::encode(0.1) == "0.1");
  CHECK(json::encode(0.1F) == "0.1");
  CHECK(json::encode(100000.0) == "100000");
  CHECK(json::encode(1e20) == "100000000000000000000");
  CHECK(json::encode(-2.5) == "-2.5");
  CHECK(json::encode(0.0) == "0");
  CHECK(json::encode(1.0 / 3) == "0.3333333333333333");
  auto number = GENERATE(1e21, 1e-7, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 123456789.123456789,
                         9007199254740993.0);
  CHECK(json::decode<double>(json::encode(number)) == number);
  CHECK(json::decode<float>(json::encode(static_cast<float>(0.1 + 0.2))) == static_cast<float>(0.1 + 0.2));
}

TEST_CASE("NaN and infinities are written as 0", "[base]") {
  CHECK(json::encode(std::numeric_limits<double>::quiet_NaN()) == "0");
  CHECK(json::encode(-std::numeric_limits<double>::infinity()) == "0");
  CHECK(json::encode(std::numeric_limits<float>::infinity()) == "0");
}

TEST_CASE("Numbers do not depend on the locale", "[base]") {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) == nullptr) continue;
    CHECK(json::encode(0.5) == "0.5");
    CHECK(json::decode<double>("0.5") == 0.5);
    CHECK(json::decode<double>("1.5e-400") == 0);
  }
  std::setlocale(LC_ALL, before.c_str());
}

TEST_CASE("Commas stand between values and nowhere else", "[base]") {
  Writer out;
  out.begin_object().key("a").begin_array().integer(-1).unsigned_integer(2).null().end_array();
  out.key("b").begin_object().end_object().key("c").begin_array().end_array();
  out.key("d").boolean(true).key("e").raw("[ 1 ]").key("f").boolean(false).end_object();
  CHECK(out.take() == R"({"a":[-1,2,null],"b":{},"c":[],"d":true,"e":[ 1 ],"f":false})");
}

TEST_CASE("A writer is empty and usable after its text was taken", "[base]") {
  Writer out;
  CHECK(out.string("a").take() == R"("a")");
  CHECK(out.take().empty());
  CHECK(out.begin_array().end_array().take() == "[]");
}

TEST_CASE("Integers are written in full at both ends of their range", "[base]") {
  CHECK(json::encode(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(json::encode(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
}
