// json::Writer: texts and numbers as they are written.
#include <catch2/catch.hpp>
#include <clocale>

#include "agent/json.hpp"

using namespace agent;
using json::Document;
using json::Writer;

TEST_CASE("Strings are escaped where JSON demands it and nowhere else", "[base]") {
  CHECK(json::encode(std::string("a\"b\\c/d")) == R"("a\"b\\c/d")");
  CHECK(json::encode(std::string("\n\r\t\b\f\x1f\x7f")) == "\"\\n\\r\\t\\u0008\\u000c\\u001f\x7f\"");
  CHECK(json::encode(std::string("<&>")) == R"("<&>")");
  CHECK(json::encode(std::string()) == R"("")");
}

TEST_CASE("Each special byte is found at every place of a string of any length", "[base]") {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t length = 1; length <= 20; ++length) {
      for (std::size_t place = 0; place < length; ++place) {
        std::string text(length, 'x');
        text[place] = static_cast<char>(byte);
        const std::string expected = byte < 0x80 ? text : std::string(text).replace(place, 1, "\xEF\xBF\xBD");
        if (Document::parse(json::encode(text)).root().as_string() != expected)
          FAIL("byte " << byte << " at " << place << " of " << length);
      }
    }
  }
}

TEST_CASE("Names and texts of every length are written whole, with their commas", "[base]") {
  for (std::size_t length = 0; length < 120; ++length) {
    for (const std::string& text : {std::string(length, 'x'), std::string(length, 'x') + '"'}) {
      const std::string quoted = text.ends_with('"') ? text.substr(0, length) + R"(\")" : text;
      Writer out;
      out.begin_object().key(text).string(text).key("b").begin_array().string(text).string(text).end_array();
      out.end_object();
      const std::string name = '"' + quoted + '"';
      CHECK(out.take() == '{' + name + ':' + name + R"(,"b":[)" + name + ',' + name + "]}");
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
