// A configuration file of `key = value` lines.
#include "base/conf_file.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz.hpp"

namespace {

using agent::SettingEntry;
using agent::SettingFile;

void check_again(const SettingEntry& entry) {
  const std::string line = "\n" + entry.key + " = " + agent::escape_conf_value(entry.text);
  const SettingFile again = agent::parse_conf(line, "again.conf");
  fuzz::require(
      again.entries.size() == 1 && again.entries[0].key == entry.key && again.entries[0].text == entry.text,
      "an entry that was written is not read");
}

}  // namespace

void fuzz::conf(std::string_view input) {
  const SettingFile file = agent::parse_conf(input, "agent.conf");
  const auto lines = 1 + std::count(input.begin(), input.end(), '\n');
  for (const SettingEntry& entry : file.entries) {
    require(entry.line >= 1 && entry.line <= lines, "an entry outside of the file");
    require(!entry.key.empty(), "an entry without a key");
    check_again(entry);
  }
  for (const agent::ConfigProblem& problem : file.problems)
    require(problem.line >= 1 && problem.line <= lines && !problem.text.empty(), "a problem nowhere");
}
