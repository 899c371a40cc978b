#include "examples/logkit-agent/read/path_pattern.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"

using namespace logkit;

TEST_CASE("Patterns match names as a shell does", "[examples]") {
  CHECK(matches_pattern("*.log", "a.log"));
  CHECK_FALSE(matches_pattern("*.log", "a.log.1"));
  CHECK(matches_pattern("a?[0-9]", "ab7"));
  CHECK_FALSE(matches_pattern("a[!0-9]", "a7"));
  CHECK(matches_pattern("[", "["));
  CHECK_FALSE(matches_pattern("/a/*", "/a/b/c"));
  CHECK(matches_pattern("/a/*/c", "/a/b/c"));
  CHECK_FALSE(matches_pattern("a*a*a*a*a*a*a*a*b", std::string(100, 'a')));
}

TEST_CASE("Patterns find what exists in any part of a path", "[examples]") {
  const test::TempDir dir;
  for (const char* name : {"one/a.log", "one/b.txt", "two/a.log", ".three/a.log"}) {
    std::filesystem::create_directories(std::filesystem::path(dir.file(name)).parent_path());
    dir.write(name, "x");
  }
  CHECK(expand_pattern(dir.file("*/*.log")) ==
        std::vector<std::string>{dir.file("one/a.log"), dir.file("two/a.log")});
  CHECK(pattern_directories(dir.file("*/*.log")).size() == 2);
  CHECK(pattern_directories(dir.file("none/*.log")) == std::vector<std::string>{dir.path()});
}
