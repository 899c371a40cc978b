// SettingFile: what a configuration file says, whatever its syntax: keys joined by dots and their texts.
#pragma once

#include <string>
#include <vector>

#include "agent/config.hpp"

namespace agent {

struct SettingEntry {
  std::string key;  // "basic.log.size", as the file has it
  std::string text;
  std::string file;  // where it stands
  int line = 0;      // from 1
  int column = 0;    // of the key's last part, from 0; YAML only
};

struct SettingFile {
  std::vector<SettingEntry> entries;  // in the order of the file
  std::vector<SettingEntry> unset;    // keys that stand there without a value (YAML: null)
  std::vector<ConfigProblem> problems;
  std::vector<ConfigProblem> warnings;
};

// How a key may be written: bare, and behind each of the comma-separated prefixes.
std::vector<std::string> key_spellings(std::string_view prefixes, std::string_view key);

}  // namespace agent
