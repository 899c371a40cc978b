// What the programs say of their settings: names and descriptions in both languages, by rules that hold.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "check_conf.hpp"
#include "manifest_rules.hpp"
#include "original_rules.hpp"
#include "setting.hpp"
#include "tests/manifest/program_manifest.hpp"

using manifest::ManifestValue;
using test::DescribedProgram;
using test::kDescribedPrograms;

namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(test::source_path(path), std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string text_of(const ManifestValue& item, const char* member, const char* language) {
  const ManifestValue* texts = item.find(member);
  const ManifestValue* text = texts == nullptr ? nullptr : texts->find(language);
  return text == nullptr ? "" : text->text;
}

bool has_chinese(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0xE4 && static_cast<unsigned char>(c) <= 0xE9) return true;
  }
  return false;
}

void check_texts(const ManifestValue& item) {
  const std::string& key = item.find("key")->text;
  INFO(key);
  for (const char* language : {"zh", "en"}) {
    INFO(language);
    CHECK_FALSE(text_of(item, "name", language).empty());
    CHECK_FALSE(text_of(item, "desc", language).empty());
    CHECK(text_of(item, "name", language) != key);  // which stands for a missing one
  }
  CHECK(has_chinese(text_of(item, "desc", "zh")));
  CHECK_FALSE(has_chinese(text_of(item, "name", "en")));
  CHECK_FALSE(has_chinese(text_of(item, "desc", "en")));
  CHECK(text_of(item, "desc", "en").ends_with('.'));
  REQUIRE(item.find("category") != nullptr);
  CHECK(text_of(item, "category_name", "en") != item.find("category")->text);
}

// The keys of a file of texts, in their order.
std::vector<std::string> keys_of(const std::string& path) {
  std::vector<manifest::Finding> findings;
  const auto read = manifest::read_manifest(file_text(path), findings);
  REQUIRE(findings.empty());
  std::vector<std::string> keys;
  for (const auto& member : read->members) keys.push_back(member.name);
  return keys;
}

}  // namespace

TEST_CASE("Every setting of every program has a name and a description in Chinese and English",
          "[manifest]") {
  for (const DescribedProgram& program : kDescribedPrograms) {
    INFO(program.name);
    const ManifestValue all = test::manifest_of(program);
    REQUIRE(all.items.size() > 10);
    for (const ManifestValue& item : all.items) check_texts(item);
  }
}

TEST_CASE("The files of both languages have the same keys, and none that no program has", "[manifest]") {
  std::set<std::string> known;
  for (const DescribedProgram& program : kDescribedPrograms) {
    for (const ManifestValue& item : test::manifest_of(program).items) {
      known.insert(item.find("key")->text);
      known.insert("category." + item.find("category")->text);
    }
  }
  const std::vector<std::string> keys = keys_of("manifest/en.yaml");
  CHECK(keys == keys_of("manifest/zh.yaml"));
  CHECK(std::set<std::string>(keys.begin(), keys.end()) == known);
}

TEST_CASE("The manifest beside each program is what it prints", "[manifest]") {
  for (const DescribedProgram& program : kDescribedPrograms) {
    INFO(program.name);
    CHECK(test::manifest_text(program) == file_text(std::string(program.folder) + "/manifest.yaml"));
  }
}

TEST_CASE("No manifest of ours breaks a rule, not even of the original linter", "[manifest]") {
  for (const DescribedProgram& program : kDescribedPrograms) {
    INFO(program.name);
    const ManifestValue all = test::manifest_of(program);
    for (const manifest::Finding& finding : manifest::check_manifest(all)) FAIL_CHECK(to_string(finding, ""));
    // It takes one address, and so has no default for several.
    const auto original = manifest::check_as_original(all);
    if (original) FAIL_CHECK(to_string(*original, ""));
  }
}

TEST_CASE("Every sample configuration follows its manifest", "[manifest]") {
  for (const DescribedProgram& program : kDescribedPrograms) {
    INFO(program.name);
    const auto settings = manifest::settings_of(test::manifest_of(program));
    const std::string text = file_text(std::string(program.folder) + "/" + program.configuration);
    for (const auto& finding : manifest::check_conf(text, program.configuration, settings))
      FAIL_CHECK(to_string(finding, program.configuration));
  }
}

TEST_CASE("The settings of the seed's examples are described as there", "[manifest]") {
  const ManifestValue all = test::manifest_of(kDescribedPrograms[1]);
  std::map<std::string, const ManifestValue*> items;
  for (const ManifestValue& item : all.items) items[item.find("key")->text] = &item;
  const ManifestValue& server = *items.at("basic.server");
  CHECK(server.find("type")->text == "naddr");
  CHECK(server.find("multiple")->text == "true");
  CHECK(server.find("required")->text == "true");
  CHECK(items.at("basic.log.target")->find("type")->text == "csv");
  CHECK(items.at("basic.log.dir")->find("type")->text == "path");
  for (const char* key : {"basic.log.dir", "basic.log.size", "basic.log.rotate"}) {
    const ManifestValue* when = items.at(key)->find("enabled")->find("when");
    CHECK(when->find("target")->text == "basic.log.target");
    CHECK(when->find("contain")->text == "file");
  }
  const ManifestValue* when = items.at("basic.monitor.interval")->find("enabled")->find("when");
  CHECK(when->find("target")->text == "basic.monitor.enabled");
  CHECK(when->find("equal")->text == "true");
}
