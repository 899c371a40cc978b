#include "examples/logkit-agent/parse/text_pattern.hpp"

#include <agent/error.hpp>
#include <catch2/catch.hpp>

using namespace logkit;
using Catch::Matchers::Contains;

TEST_CASE("A pattern finds its groups by order and name", "[examples]") {
  const TextPattern pattern(R"((?P<key>\w+)=(\d+)?)");
  CHECK(pattern.group_names() == std::vector<std::string>{"key", ""});
  std::vector<std::string_view> groups;
  REQUIRE(pattern.finds("  a=12 ", groups));
  CHECK(groups == std::vector<std::string_view>{"a", "12"});
  REQUIRE(pattern.finds("b=", groups));
  CHECK(groups[1].data() == nullptr);
  CHECK_FALSE(pattern.finds("none"));
  CHECK(pattern.replace("a=1 b=2", R"(\1)") == "a b");
}

TEST_CASE("A pattern that needs more than linear time or is too large is refused", "[examples]") {
  CHECK_THROWS_WITH(TextPattern("a(?=b)"), Contains("invalid perl operator"));
  CHECK_THROWS_WITH(TextPattern(R"((a)\1)"), Contains("invalid escape sequence"));
  CHECK_THROWS_WITH(TextPattern("("), Contains("missing"));
  CHECK_THROWS_WITH(TextPattern(std::string(1'000'000, 'a')), Contains("256 KiB"));
  CHECK_THROWS_AS(TextPattern("((a{1000}){1000}){1000}"), agent::Error);
  CHECK_FALSE(TextPattern("(a*)*b").finds(std::string(100'000, 'a')));
}
