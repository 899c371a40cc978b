#include "setting_type.hpp"

#include <catch2/catch.hpp>
#include <compare>
#include <string>
#include <vector>

using namespace manifest;

namespace {

void check(SettingType type, const std::vector<std::string>& good, const std::vector<std::string>& bad) {
  for (const std::string& text : good) {
    INFO(name_of(type) << " '" << text << "'");
    CHECK_FALSE(fault_of(type, text));
  }
  for (const std::string& text : bad) {
    INFO(name_of(type) << " '" << text << "'");
    CHECK(fault_of(type, text));
  }
}

}  // namespace

TEST_CASE("There are twelve types, each with its name", "[manifest]") {
  std::size_t count = 0;
  for (const char* name : {"string", "enum", "csv", "int", "uint", "float", "bool", "naddr", "path", "bytes",
                           "duration", "uuid"}) {
    ++count;
    REQUIRE(find_type(name));
    CHECK(name_of(*find_type(name)) == name);
  }
  CHECK(count == 12);
  CHECK_FALSE(find_type("strng"));
  CHECK_FALSE(find_type(""));
}

TEST_CASE("A text is a value of a type if a program would read it as one", "[manifest]") {
  check(SettingType::integer, {"0", "-5", "+7", "9223372036854775807"},
        {"", "1.5", "x", "9223372036854775808"});
  check(SettingType::unsigned_integer, {"0", "18446744073709551615"}, {"-1", "", "1e3"});
  check(SettingType::floating, {"0", "1.5", "-1e3"}, {"", "x", "nan", "inf"});
  check(SettingType::boolean, {"true", "0", "yes", "off"}, {"", "maybe"});
  check(SettingType::address, {"a:1", "wss://[::1]:65535"}, {"a", "a:0", "a:65536", "http://a:1"});
  check(SettingType::bytes, {"0", "10M", "1.5 GiB", "1,024 KB"}, {"", "10Q", "-1"});
  check(SettingType::duration, {"0", "-1s", "1h30m", "500ms"}, {"", "5", "1d"});
  check(SettingType::uuid, {"6f1c8a34-52ab-4a4e-9a0c-0d5c2f7c9b11"}, {"x"});
  check(SettingType::string, {"", "anything"}, {});
}

TEST_CASE("Values are compared as what they mean", "[manifest]") {
  CHECK(std::is_gt(compare(SettingType::bytes, "1Mi", "1M")));
  CHECK(std::is_eq(compare(SettingType::bytes, "1024", "1Ki")));
  CHECK(std::is_eq(compare(SettingType::duration, "90s", "1m30s")));
  CHECK(std::is_gt(compare(SettingType::integer, "-2", "-10")));
  CHECK(std::is_gt(compare(SettingType::unsigned_integer, "18446744073709551615", "1")));
  CHECK(std::is_gt(compare(SettingType::floating, "0.5", "1e-1")));
}
