// The names and descriptions of settings (agent/manifest.hpp).
#include <fmt/format.h>

#include <algorithm>

#include "agent/error.hpp"
#include "agent/manifest.hpp"
#include "base/yaml.hpp"

namespace agent {
namespace {

[[noreturn]] void fail(std::string_view language, int line, std::string_view why) {
  throw Error(Errc::bad_config, fmt::format("texts of settings in {}: line {}: {}", language, line, why));
}

}  // namespace

SettingTexts::SettingTexts(std::span<const LanguageFile> files) {
  for (const LanguageFile& file : files) add(file);
}

// "exec.max_running.name" and "exec.max_running.desc", as the settings of a YAML file are read.
void SettingTexts::add(const LanguageFile& file) {
  const SettingFile read = parse_yaml(file.text, std::string(file.language));
  for (const ConfigProblem& problem : read.problems) fail(file.language, problem.line, problem.text);
  Keys& keys = languages_[std::string(file.language)];
  for (const SettingEntry& entry : read.entries) {
    const std::size_t dot = std::min(entry.key.rfind('.'), entry.key.size());
    const std::string part = entry.key.substr(std::min(dot + 1, entry.key.size()));
    Text& text = keys[entry.key.substr(0, dot)];
    if (part != "name" && part != "desc")
      fail(file.language, entry.line, "'" + entry.key + "': want name and desc below the key");
    if (entry.text.empty()) fail(file.language, entry.line, "'" + entry.key + "' is empty");
    (part == "name" ? text.name : text.desc) = entry.text;
  }
  for (const auto& [key, text] : keys) {
    if (text.name.empty()) fail(file.language, 0, "'" + key + "' has no name");
  }
}

const SettingTexts::Text* SettingTexts::find(std::string_view language, std::string_view key) const {
  const auto keys = languages_.find(language);
  if (keys == languages_.end()) return nullptr;
  const auto found = keys->second.find(key);
  return found == keys->second.end() ? nullptr : &found->second;
}

std::vector<std::string> SettingTexts::languages() const {
  std::vector<std::string> all{"zh", "en"};
  for (const auto& [language, keys] : languages_) {
    if (std::find(all.begin(), all.end(), language) == all.end()) all.push_back(language);
  }
  return all;
}

}  // namespace agent
