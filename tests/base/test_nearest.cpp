#include "base/nearest.hpp"

#include <catch2/catch.hpp>

using namespace agent;

TEST_CASE("Distance counts insertions, deletions, replacements and swaps", "[base]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "ac") == 1);
  CHECK(edit_distance("abc", "acb") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("A typo finds the name it was meant to be", "[base]") {
  const std::vector<std::string> known{"id", "server", "log.rotate", "log.rotation", "limit.cpu_quota"};
  CHECK(nearest("sevrer", known) == "server");
  CHECK(nearest("log.rotat", known) == "log.rotate");
  CHECK(nearest("limit.cpu", known) == std::nullopt);
  CHECK(nearest("x", known) == std::nullopt);
  CHECK(nearest("", known) == std::nullopt);
  CHECK(nearest(std::string(10'000, 'x'), known) == std::nullopt);
  CHECK(nearest("server", {}) == std::nullopt);
}
