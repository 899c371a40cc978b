// JSON and typed values: the reading and writing of structs by their field list.
#include <catch2/catch.hpp>
#include <chrono>

#include "agent/json.hpp"

using namespace agent;
using Catch::Contains;

namespace {

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

struct Pair {
  std::string id;
  std::string text;

  static void fields(auto& field) {
    field("id", &Pair::id);
    field("text", &Pair::text);
  }
};

struct Outer {
  Pair inner;
  std::map<std::string, Pair> map;
  std::optional<Pair> maybe;
  std::vector<Pair> list;

  static void fields(auto& field) {
    field("inner", &Outer::inner);
    field("map", &Outer::map);
    field("maybe", &Outer::maybe);
    field("list", &Outer::list);
  }
};

}  // namespace

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

TEST_CASE("The last of duplicate keys wins, and unknown keys are ignored", "[base]") {
  CHECK(id_in(R"({"id":"a","id":"b"})") == "b");
  CHECK(id_in(R"({"x":{"id":"deep"},"id":"a","y":[[[]]],"z":null})") == "a");
  CHECK(id_in(R"({"id":"a","id":null})") == "a");
  CHECK(id_in(R"({"ID":"a","Id":"b"})") == "b");
}

TEST_CASE("Objects under duplicate keys merge, lists do not", "[base]") {
  const auto outer = json::decode<Outer>(
      R"({"inner":{"id":"a","text":"old"},"INNER":{"id":"no"},"inner":{"text":"new"},"inner":null,)"
      R"("map":{"x":{"id":"1","text":"1"},"y":{"id":"2"}},"map":{"x":{"id":"3"}},)"
      R"("maybe":{"id":"m"},"maybe":{"text":"n"},"list":[{"id":"1"},{"id":"2"}],"list":[{"text":"3"}]})");
  CHECK(json::encode(outer) ==
        R"({"inner":{"id":"a","text":"new"},"map":{"x":{"id":"3","text":""},"y":{"id":"2","text":""}},)"
        R"("maybe":{"id":"m","text":"n"},"list":[{"id":"","text":"3"}]})");
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
