// A configuration file in YAML, of which one value is changed.
#include "base/yaml.hpp"

#include "agent/error.hpp"
#include "base/yaml_edit.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

std::string_view line_of(std::string_view text, int number) {
  for (; number > 1; --number) fuzz::take_line(text);
  return fuzz::take_line(text);
}

void edit(std::string_view text, const agent::SettingEntry& entry) {
  try {
    agent::replace_yaml_value(line_of(text, entry.line), entry.column, entry.text);
  } catch (const agent::Error& error) {
    fuzz::require(error.code() == agent::Errc::bad_config, "another error");
  }
}

}  // namespace

void fuzz::yaml(std::string_view input) {
  if (input.find("#include") != std::string_view::npos) return;  // reads files
  const agent::SettingFile file = agent::parse_yaml(input, "agent.yaml");
  for (const agent::SettingEntry& entry : file.entries) edit(input, entry);
  for (const agent::ConfigProblem& problem : file.problems)
    require(!problem.text.empty(), "a problem without a text");
}
