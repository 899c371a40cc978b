#include "read_manifest.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace manifest;
using Form = ManifestValue::Form;

namespace {

ManifestValue read(const std::string& text) {
  std::vector<Finding> findings;
  auto value = read_manifest(text, findings);
  REQUIRE(findings.empty());
  REQUIRE(value);
  return *value;
}

std::string fault(const std::string& text) {
  std::vector<Finding> findings;
  const bool is_read = read_manifest(text, findings).has_value();
  CHECK_FALSE(is_read);
  REQUIRE(findings.size() == 1);
  return to_string(findings.front(), "f");
}

}  // namespace

TEST_CASE("A scalar is what YAML's core schema makes of it", "[manifest]") {
  const ManifestValue list = read(
      "[abc, '7', \"true\", !!str 7, 7, -7, 0x1F, 1.5, .5, 1e3, true, FALSE, yes, ~, null, 1.2.3, 10M, 1-2]");
  std::vector<Form> forms;
  for (const ManifestValue& item : list.items) forms.push_back(item.form);
  CHECK(forms == std::vector<Form>{Form::text, Form::text, Form::text, Form::text, Form::whole, Form::whole,
                                   Form::whole, Form::number, Form::number, Form::number, Form::flag,
                                   Form::flag, Form::text, Form::none, Form::none, Form::text, Form::text,
                                   Form::text});
}

TEST_CASE("A value knows its line, and a map the last of two members", "[manifest]") {
  const ManifestValue list = read("- key: a\n  name:\n    zh: b\n- key: c\n");
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[1].line == 4);
  REQUIRE(list.items[0].find("name") != nullptr);
  CHECK(list.items[0].find("name")->find("zh")->line == 3);
  CHECK(list.items[0].find("desc") == nullptr);
  std::vector<Finding> findings;
  const auto twice = read_manifest("a: 1\na: 2\n", findings);
  REQUIRE(twice);
  CHECK(twice->find("a")->text == "2");
  REQUIRE(findings.size() == 1);
  CHECK(to_string(findings[0], "f") == "f:2: error: 'a' stands twice in the same map; keep one");
}

TEST_CASE("What is no YAML is an error with its line", "[manifest]") {
  CHECK_THAT(fault("- key: a\n- key: [\n"), Catch::StartsWith("f:") && Catch::Contains("no YAML: "));
  CHECK_THAT(fault("a: *b\n"), Catch::Contains("no YAML: "));
}

TEST_CASE("Aliases that multiply end at a bound", "[manifest]") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 7; ++i) {
    const std::string above = std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j == 0 ? "*a" : ", *a") + above;
    bomb += "]\n";
  }
  CHECK_THAT(fault(bomb), Catch::Contains("more than 500000 values; aliases multiply; write it out"));
}

TEST_CASE("What nests deeply, or in itself, ends at a bound", "[manifest]") {
  CHECK_THAT(fault("[[[[[[[[[[x]]]]]]]]]]"), Catch::Contains("nests deeper than 8 levels"));
  CHECK_THAT(fault("&a [*a]"), Catch::Contains("nests deeper than 8 levels"));
  CHECK_THAT(fault(std::string(100'000, '[')), Catch::Contains("error: "));
}
