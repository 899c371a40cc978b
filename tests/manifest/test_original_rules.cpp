#include "original_rules.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "read_manifest.hpp"
#include "tests/manifest/annotated_file.hpp"

namespace {

// "" = it passes.
std::string verdict(const std::string& text) {
  std::vector<manifest::Finding> findings;
  const auto read = manifest::read_manifest(text, findings);
  if (!findings.empty()) return findings.front().text;
  const auto first = manifest::check_as_original(*read);
  return first ? first->text : "";
}

}  // namespace

TEST_CASE("An original linter's first finding is the one that the file names", "[manifest]") {
  for (const char* folder : {"good", "bad"}) {
    for (const test::AnnotatedFile& file : test::annotated_files(folder)) {
      INFO(file.name);
      CHECK_THAT(verdict(file.text), Catch::StartsWith(file.original));
      CHECK(verdict(file.text).empty() == file.original.empty());
    }
  }
}

TEST_CASE("A rule is applied to all items before the next one", "[manifest]") {
  const std::string early = "- key: a\n  name: {zh: x}\n  desc: {zh: x}\n  type: int\n  len: 3\n";
  const std::string late = "- key: b\n  name: {zh: x}\n  desc: {zh: x}\n  type: int\n  default: x\n";
  CHECK(verdict(early + late) == "invalid default value on item b, want int");
  CHECK(verdict(early) == "len is only for string, csv and path on item a");
  CHECK(verdict(early + late + "- key: c\n") == "missing name.zh on item c");
  CHECK(verdict(early + late + "- key: c\n  type: x\n") == "unsupported type: x");
}

TEST_CASE("An original linter cannot tell false and zero from nothing", "[manifest]") {
  const std::string item = "- key: a\n  name: {zh: x}\n  desc: {zh: x}\n  type: bool\n";
  CHECK(verdict(item + "  allow_relative: false\n  len: 0\n  csv_valid: []\n  required: no\n").empty());
  CHECK_FALSE(verdict(item + "  allow_relative: true\n").empty());
}
