#include "base/ascii_case.hpp"

#include <catch2/catch.hpp>

using namespace agent;

TEST_CASE("Letters are equal in either case, other bytes only to themselves", "[base]") {
  CHECK(equals_ignoring_case("", ""));
  CHECK(equals_ignoring_case("Content-TYPE", "content-type"));
  CHECK_FALSE(equals_ignoring_case("content-type", "content-typ"));
  CHECK_FALSE(equals_ignoring_case("content-typ", "content-type"));
  CHECK_FALSE(equals_ignoring_case("[", "{"));  // 32 apart, as letters are
  CHECK_FALSE(equals_ignoring_case("@", "`"));
  CHECK(equals_ignoring_case("\xC4", "\xC4"));
  CHECK_FALSE(equals_ignoring_case("\xC4", "\xE4"));  // letters of Latin-1
  CHECK_FALSE(equals_ignoring_case(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST_CASE("A beginning is found in either case", "[base]") {
  CHECK(starts_with_ignoring_case("bearer x", "Bearer "));
  CHECK(starts_with_ignoring_case("x", ""));
  CHECK_FALSE(starts_with_ignoring_case("bearer", "Bearer "));
  CHECK_FALSE(starts_with_ignoring_case("basic x", "Bearer "));
}

TEST_CASE("Only ASCII letters become small", "[base]") { CHECK(to_lower("AZaz09[@\xC4") == "azaz09[@\xC4"); }
