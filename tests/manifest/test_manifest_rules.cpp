#include "manifest_rules.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "read_manifest.hpp"
#include "tests/manifest/annotated_file.hpp"

using manifest::Finding;

namespace {

std::vector<Finding> findings_of(const std::string& text) {
  std::vector<Finding> findings;
  const auto read = manifest::read_manifest(text, findings);
  if (read) {
    const std::vector<Finding> more = manifest::check_manifest(*read);
    findings.insert(findings.end(), more.begin(), more.end());
  }
  return findings;
}

std::string shown(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += to_string(finding, "f") + "\n";
  return text;
}

bool has(const std::vector<Finding>& findings, const Finding& wanted) {
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    return finding.weight == wanted.weight && finding.line == wanted.line &&
           finding.text.find(wanted.text) != std::string::npos;
  });
}

std::string item(const std::string& key, const std::string& members) {
  return "- key: " + key + "\n  name: {zh: a}\n  desc: {zh: b}\n  type: bool\n" + members;
}

}  // namespace

TEST_CASE("Nothing is found in a good manifest", "[manifest]") {
  const auto files = test::annotated_files("good");
  REQUIRE(files.size() >= 2);
  for (const test::AnnotatedFile& file : files) {
    INFO(file.name);
    CHECK(shown(findings_of(file.text)).empty());
  }
}

TEST_CASE("Each fault of a bad manifest is found on its line, and nothing else", "[manifest]") {
  const auto files = test::annotated_files("bad");
  REQUIRE(files.size() > 50);
  for (const test::AnnotatedFile& file : files) {
    if (file.name == "no_yaml") continue;
    const std::vector<Finding> findings = findings_of(file.text);
    INFO(file.name << "\n" << shown(findings));
    CHECK(findings.size() == file.wanted.size());
    for (const Finding& wanted : file.wanted) {
      INFO("line " << wanted.line << ": " << wanted.text);
      CHECK(has(findings, wanted));
    }
  }
}

TEST_CASE("Each error comes with a remedy", "[manifest]") {
  for (const test::AnnotatedFile& file : test::annotated_files("bad")) {
    if (file.name == "no_yaml") continue;
    for (const Finding& finding : findings_of(file.text)) {
      INFO(to_string(finding, file.name));
      CHECK_FALSE(finding.remedy.empty());
    }
  }
}

TEST_CASE("A mistyped member or key is told with the one that was meant", "[manifest]") {
  CHECK_THAT(shown(findings_of(item("a", "  requierd: true\n"))),
             Catch::Contains("did you mean 'required'?"));
  const std::string two =
      item("log.target", "") + item("b", "  enabled: {when: {target: log.tagret, equal: true}}\n");
  CHECK_THAT(shown(findings_of(two)), Catch::Contains("did you mean 'log.target'?"));
}

TEST_CASE("A file without settings is an error", "[manifest]") {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "[]", "~"}) {
    INFO("'" << text << "'");
    CHECK_THAT(shown(findings_of(text)), Catch::Contains("f: error: there is no setting; want a list"));
  }
}

TEST_CASE("A byte order mark and CRLF change nothing, nor the lines", "[manifest]") {
  std::string text = item("a", "  requierd: true\n");
  const std::string plain = shown(findings_of(text));
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2))
    text.insert(at, "\r");
  CHECK(shown(findings_of("\xEF\xBB\xBF" + text)) == plain);
  CHECK_THAT(plain, Catch::StartsWith("f:5: warning: "));
}

TEST_CASE("A manifest of 10,000 settings is checked whole", "[manifest]") {
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    const std::string needs = i == 0 ? "" : "a" + std::to_string(i - 1);
    text += item("a" + std::to_string(i),
                 i == 0 ? "" : "  enabled: {when: {target: " + needs + ", equal: true}}\n");
  }
  CHECK(shown(findings_of(text)).empty());
  CHECK_THAT(shown(findings_of(text + item("a7", ""))), Catch::Contains("the key stands on line 35 already"));
}

TEST_CASE("A circle of many settings is told for each of them", "[manifest]") {
  std::string text;
  for (int i = 0; i < 3; ++i) {
    const std::string next = std::to_string((i + 1) % 3);
    text += item("a" + std::to_string(i), "  enabled: {when: {target: a" + next + ", equal: true}}\n");
  }
  text += item("b", "  enabled: {when: {target: a0, equal: true}}\n");  // leads there, and is not on it
  text += item("c", "  enabled: {when: {target: c, equal: true}}\n");
  const std::vector<Finding> findings = findings_of(text);
  CHECK(findings.size() == 4);
  CHECK_THAT(shown(findings), Catch::Contains("a2: depends on itself: a0 -> a1 -> a2 -> a0") &&
                                  Catch::Contains("c: depends on itself: c -> c"));
}
