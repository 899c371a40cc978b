// What the fuzz targets were begun with, and what they have found, again: a finding that comes back fails.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/fuzz.hpp"
#include "tests/support/places.hpp"

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxFile = 4096;
const fs::path kCorpus = test::source_path("tests/fuzz/corpus");

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("Every target gets over its corpus, and over every beginning of it", "[fuzz]") {
  const fuzz::Target target = GENERATE(from_range(fuzz::kTargets.begin(), fuzz::kTargets.end()));
  std::size_t files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(kCorpus / target.name)) {
    ++files;
    INFO(entry.path());
    const std::string input = content_of(entry.path());
    CHECK(input.size() <= kMaxFile);
    for (std::size_t size = 0; size <= input.size(); ++size)
      REQUIRE_NOTHROW(target.run(std::string_view(input).substr(0, size)));
  }
  INFO(target.name);
  CHECK(files >= 2);
}

TEST_CASE("Every corpus has its target", "[fuzz]") {
  for (const fs::directory_entry& entry : fs::directory_iterator(kCorpus)) {
    const std::string name = entry.path().filename();
    INFO(name);
    CHECK(std::any_of(fuzz::kTargets.begin(), fuzz::kTargets.end(),
                      [&](const fuzz::Target& target) { return target.name == name; }));
  }
}
