#include <catch2/catch.hpp>
#include <limits>

#include "agent/config.hpp"

using namespace agent;
using namespace std::chrono_literals;

TEST_CASE("Sizes without i count in thousands and with i in 1024s", "[base]") {
  const std::pair<const char*, std::uint64_t> sizes[] = {
      {"512", 512},
      {"0 B", 0},
      {"10M", 10'000'000},
      {"10mb", 10'000'000},
      {"10Mi", 10'485'760},
      {"10 MiB", 10'485'760},
      {"1.5G", 1'500'000'000},
      {"1,024 KB", 1'024'000},
      {"9.5 MiB", 9'961'472},
      {"0.1K", 100},
      {" 2T ", 2'000'000'000'000},
      {"1Pi", 1'125'899'906'842'624},
      {"18E", 18'000'000'000'000'000'000u},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
  };
  for (const auto& [text, bytes] : sizes) {
    INFO(text);
    CHECK(parse_bytes(text).value == bytes);
  }
}

TEST_CASE("Sizes that are none are refused", "[base]") {
  for (const char* text : {"", " ", "M", "-1", "-1M", "10Q", "10Mx", "10 M B", "1.2.3", ".", "1e3", "99E",
                           "20000P", "18446744073709551616", "inf", "0x10", "10i", "10bB"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_bytes(text), Error);
  }
  CHECK_THROWS_WITH(parse_bytes("10Q"), Catch::Contains("unknown unit 'Q'"));
}

TEST_CASE("Sizes print as the originals print them", "[base]") {
  CHECK(to_string(Bytes{0}) == "0 B");
  CHECK(to_string(Bytes{9}) == "9 B");
  CHECK(to_string(Bytes{512}) == "512 B");
  CHECK(to_string(Bytes{1023}) == "1023 B");
  CHECK(to_string(Bytes{1024}) == "1.0 KiB");
  CHECK(to_string(Bytes{10'000'000}) == "9.5 MiB");
  CHECK(to_string(Bytes{512'000'000}) == "488 MiB");
  CHECK(to_string(Bytes{std::numeric_limits<std::uint64_t>::max()}) == "16 EiB");
}

TEST_CASE("Durations read as Go reads them", "[base]") {
  const std::pair<const char*, std::chrono::nanoseconds> durations[] = {
      {"0", 0s},        {"-0", 0s},         {"5s", 5s},        {"1h30m", 90min},  {"500ms", 500ms},
      {"1.5s", 1500ms}, {"24h0m0s", 24h},   {"-1m", -1min},    {"+2s", 2s},       {".5s", 500ms},
      {"1.s", 1s},      {"3us", 3us},       {"3\u00b5s", 3us}, {"3\u03bcs", 3us}, {"1s500ms", 1500ms},
      {"7ns", 7ns},     {"0.000001s", 1us},
  };
  for (const auto& [text, duration] : durations) {
    INFO(text);
    CHECK(parse_duration(text) == duration);
  }
}

TEST_CASE("Durations that are none are refused", "[base]") {
  for (const char* text : {"", "-", "5", "s", "5d", "1h 30m", "5S", "1..5s", ".s", "9999999h", "1e3s",
                           "9223372036854775808ns", "2562047h47m17s"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_duration(text), Error);
  }
}

TEST_CASE("Durations print as Go prints them", "[base]") {
  const char* texts[] = {
      "0s",   "1ns",   "1.5\u00b5s", "500ms",    "1.5s",  "5s",       "59.999s",
      "1m0s", "1m30s", "24h0m0s",    "1h0m0.5s", "-1m0s", "-1.001ms", "2562047h47m16.854775807s"};
  for (const char* text : texts) CHECK(format_duration(parse_duration(text)) == text);
  CHECK(format_duration(std::chrono::nanoseconds::min()) == "-2562047h47m16.854775808s");
}

TEST_CASE("Sizes in JSON are numbers or texts", "[base]") {
  CHECK(json::decode<Bytes>("1000").value == 1000);
  CHECK(json::decode<Bytes>("\"10M\"").value == 10'000'000);
  CHECK(json::encode(Bytes{10'000'000}) == "\"9.5 MiB\"");
  CHECK_THROWS_AS(json::decode<Bytes>("-1"), Error);
}
