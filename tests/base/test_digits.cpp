#include "base/digits.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <string>

using agent::put_digits;

namespace {

template <unsigned Base = 10>
std::string digits(std::uint64_t value, std::size_t width) {
  std::array<char, 20> text;
  return {text.data(), put_digits<Base>(text.data(), value, width)};
}

}  // namespace

TEST_CASE("Digits have the width that was asked for", "[base]") {
  CHECK(digits(7, 2) == "07");
  CHECK(digits(0, 4) == "0000");
  CHECK(digits(20261129, 8) == "20261129");
  CHECK(digits(18446744073709551615U, 20) == "18446744073709551615");
  CHECK(digits(123, 0).empty());
}

TEST_CASE("Digits beyond the width are left out", "[base]") { CHECK(digits(12345, 3) == "345"); }

TEST_CASE("Digits of base 16 are small letters", "[base]") {
  CHECK(digits<16>(0xdeadbeef, 16) == "00000000deadbeef");
}
