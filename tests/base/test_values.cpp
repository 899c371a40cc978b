#include <catch2/catch.hpp>

#include "agent/wire/control.hpp"
#include "agent/wire/logs.hpp"
#include "agent/wire/values.hpp"

using namespace agent;
using Catch::Contains;
using wire::Float2;
using wire::Ip;
using wire::Md5;
using wire::parse_time;
using wire::Time;

namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  out += text;
  out += '"';
  return out;
}

template <class T>
bool refuses(const std::string& text) {
  try {
    json::decode<T>(text);
  } catch (const Error& error) {
    return error.code() == Errc::bad_message;
  }
  return false;
}

struct Load {
  Float2 one;
  static void fields(auto& field) { field("load1", &Load::one, "run queue", omit_empty); }
};

}  // namespace

TEST_CASE("A time is written as RFC 3339 with the fraction's trailing zeros cut", "[base]") {
  auto text = GENERATE(as<std::string>(), "2026-03-01T08:30:00Z", "2026-03-01T08:30:00.25+08:00",
                       "2026-03-01T08:30:00.000000001Z", "2026-03-01T08:30:00.1-03:30",
                       "1969-12-31T23:59:59.999999999Z", "2024-02-29T23:59:59Z", "0001-01-01T00:00:00Z",
                       "9999-06-01T00:00:00+14:00");
  CHECK(to_string(parse_time(text)) == text);
  CHECK(json::encode(parse_time(text)) == in_quotes(text));
  CHECK(json::decode<Time>(in_quotes(text)) == parse_time(text));
}

TEST_CASE("A time counts from the Unix epoch in UTC", "[base]") {
  const Time time = parse_time("2026-03-01T08:30:00.25+08:00");
  CHECK(time.seconds == 1772325000);
  CHECK(time.nanoseconds == 250000000);
  CHECK(time.offset_minutes == 480);
}

TEST_CASE("The zone +00:00 is Z, and digits beyond the ninth are cut", "[base]") {
  CHECK(to_string(parse_time("2026-03-01T08:30:00+00:00")) == "2026-03-01T08:30:00Z");
  CHECK(to_string(parse_time("2026-03-01T08:30:00.12345678999999Z")) == "2026-03-01T08:30:00.123456789Z");
}

TEST_CASE("Text that is no RFC 3339 time is refused and quoted", "[base]") {
  auto text = GENERATE(as<std::string>(), "", "2026-03-01", "2026-03-01 08:30:00Z", "2026-03-01T08:30Z",
                       "2026-03-01T08:30:00", "2026-03-01T08:30:00.Z", "2026-13-01T08:30:00Z",
                       "2026-02-29T08:30:00Z", "2026-03-01T24:00:00Z", "2026-03-01T08:30:60Z",
                       "2026-03-01T08:30:00+8:00", "2026-03-01T08:30:00+24:00", "2026-03-01T08:30:00Zx",
                       "26-03-01T08:30:00Z", "2026-03-01t08:30:00z");
  CAPTURE(text);
  CHECK(refuses<Time>(in_quotes(text)));
  CHECK_THROWS_WITH(parse_time(text), Contains(in_quotes(text)) && Contains("2026-03-01T08:30:00.25+08:00"));
}

TEST_CASE("A null or missing time is the zero time", "[base]") {
  CHECK(json::decode<wire::LogFile>(R"({"mod":null})").mod.is_zero());
  CHECK(json::decode<wire::LogFile>("{}").mod == Time{});
  CHECK(to_string(Time{}) == "0001-01-01T00:00:00Z");
  CHECK(refuses<Time>("0"));
}

TEST_CASE("A clock's time point becomes a time, before 1970 too", "[base]") {
  using namespace std::chrono;
  const system_clock::time_point epoch;
  CHECK(to_string(Time::from(epoch + milliseconds(1500))) == "1970-01-01T00:00:01.5Z");
  CHECK(to_string(Time::from(epoch - milliseconds(1500))) == "1969-12-31T23:59:58.5Z");
  const auto before = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
  CHECK(Time::now().seconds >= before);
}

TEST_CASE("A time that RFC 3339 cannot say is written as the zero time", "[base]") {
  auto time = GENERATE(Time{std::numeric_limits<std::int64_t>::max(), 0, 0},
                       Time{std::numeric_limits<std::int64_t>::min(), 0, 60}, Time{253402300800, 0, 0},
                       Time{0, 1'000'000'000, 0}, Time{0, 0, 1440});
  CHECK(to_string(time) == "0001-01-01T00:00:00Z");
}

TEST_CASE("A number with two decimals is written with exactly two", "[base]") {
  CHECK(json::encode(Float2{2450}) == "2450.00");
  CHECK(json::encode(Float2{12.345}) == "12.35");
  CHECK(json::encode(Float2{-0.5}) == "-0.50");
  CHECK(json::encode(Float2{1e20}) == "100000000000000000000.00");
  CHECK(json::encode(Float2{std::numeric_limits<double>::quiet_NaN()}) == "0.00");
  CHECK(json::encode(Float2{std::numeric_limits<double>::infinity()}) == "0.00");
}

TEST_CASE("A number with two decimals is left out only when exactly 0", "[base]") {
  CHECK(json::encode(Load{Float2{0}}) == "{}");
  CHECK(json::encode(Load{Float2{0.001}}) == R"({"load1":0.00})");
}

TEST_CASE("A number with two decimals reads any number", "[base]") {
  CHECK(json::decode<Float2>("7").value == 7);
  CHECK(json::decode<Float2>("0.12345").value == 0.12345);
  CHECK(refuses<Float2>(R"("7")"));
}

TEST_CASE("An address is IPv4, IPv6 or empty", "[base]") {
  auto text = GENERATE(as<std::string>(), "192.0.2.7", "2001:db8::1", "::", "::ffff:192.0.2.7", "");
  CHECK(json::decode<Ip>(in_quotes(text)).text == text);
  CHECK(json::encode(Ip{text}) == in_quotes(text));
}

TEST_CASE("An address with a zone, and text that is none, is refused", "[base]") {
  auto text = GENERATE(as<std::string>(), "fe80::1%eth0", "192.0.2", "192.0.2.256", "192.0.2.07", "localhost",
                       " ", "192.0.2.7:80", "[::1]", "192.0.2.7\\u0000x");
  CAPTURE(text);
  CHECK(refuses<Ip>(in_quotes(text)));
  CHECK(refuses<Ip>("7"));
}

TEST_CASE("An address is written without its zone, and other text not at all", "[base]") {
  CHECK(json::encode(Ip{"fe80::1%eth0"}) == R"("fe80::1")");
  CHECK(json::encode(Ip{"localhost"}) == R"("")");
}

TEST_CASE("An md5 is an array: short ones are zero-filled, surplus is dropped", "[base]") {
  CHECK(json::decode<Md5>("[]") == Md5{});
  CHECK(json::decode<Md5>("[1,255]") == Md5{1, 255});
  const Md5 full{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  CHECK(json::decode<Md5>("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,\"x\"]") == full);
  CHECK(json::decode<Md5>("[null,2]") == Md5{0, 2});
  CHECK(json::encode(Md5{9}) == "[9,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]");
}

TEST_CASE("An md5 with an element beyond a byte, or as a string, is refused", "[base]") {
  CHECK(refuses<Md5>("[256]"));
  CHECK(refuses<Md5>("[-1]"));
  CHECK(refuses<Md5>("[1.0]"));
  CHECK(refuses<Md5>(R"("d41d8cd98f00b204e9800998ecf8427e")"));
  CHECK_THROWS_WITH(json::decode<Md5>("[1,256]"), "[1]: expected an integer from 0 to 255, found 256");
}
