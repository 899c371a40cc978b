#include "base/glob.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"

using namespace agent;

TEST_CASE("Stars, question marks and sets match within one name", "[base]") {
  CHECK(glob_match("*.yaml", "a.yaml"));
  CHECK(glob_match("*.yaml", ".yaml"));
  CHECK(glob_match("a*b*c", "a-b-b-c"));
  CHECK(glob_match("??", "ab"));
  CHECK(glob_match("[a-c]1", "b1"));
  CHECK(glob_match("[^a-c]1", "d1"));
  CHECK(glob_match("[]]", "]"));
  CHECK(glob_match("", ""));
  CHECK(glob_match("*", ""));
  CHECK_FALSE(glob_match("*.yaml", "a.yml"));
  CHECK_FALSE(glob_match("*", "a/b"));
  CHECK_FALSE(glob_match("?", "/"));
  CHECK_FALSE(glob_match("[a-c]1", "d1"));
  CHECK_FALSE(glob_match("[^a-c]1", "b1"));
  CHECK_FALSE(glob_match("[abc", "a"));
  CHECK_FALSE(glob_match("a", "ab"));
  CHECK_FALSE(glob_match("ab", "a"));
  CHECK_FALSE(glob_match("a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST_CASE("A pattern finds files in the order of their names", "[base]") {
  const test::TempDir dir;
  std::filesystem::create_directories(dir.file("one"));
  std::filesystem::create_directories(dir.file("two"));
  dir.write("one/b.yaml", "");
  dir.write("one/a.yaml", "");
  dir.write("two/c.yaml", "");
  dir.write("two/c.txt", "");
  CHECK(glob(dir.file("*/*.yaml")) ==
        std::vector<std::string>{dir.file("one/a.yaml"), dir.file("one/b.yaml"), dir.file("two/c.yaml")});
  CHECK(glob(dir.file("two/c.txt")) == std::vector<std::string>{dir.file("two/c.txt")});
  CHECK(glob(dir.file("three/*")).empty());
  CHECK(glob(dir.file("two/c.txt/*")).empty());
}
