#include "check_conf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "agent/detail/setting_value.hpp"
#include "base/conf_file.hpp"
#include "base/nearest.hpp"
#include "base/setting_file.hpp"
#include "base/trim.hpp"
#include "base/yaml.hpp"

namespace manifest {
namespace {

using agent::SettingEntry;
using Weight = Finding::Weight;

constexpr std::string_view kPrefixes = "basic.,base.";

// "basic.log.dir" is also "log.dir" and "base.log.dir".
std::vector<std::string> spellings_of(const std::string& key) {
  constexpr std::string_view kFirst = "basic.";
  if (!key.starts_with(kFirst)) return {key};
  return agent::key_spellings(kPrefixes, key.substr(kFirst.size()));
}

class ConfCheck {
 public:
  ConfCheck(const agent::SettingFile& file, const std::vector<Setting>& settings, std::string name)
      : file_(file), settings_(settings), name_(std::move(name)) {}

  std::vector<Finding> run() {
    for (const agent::ConfigProblem& problem : file_.problems) add(Weight::error, problem);
    for (const agent::ConfigProblem& warning : file_.warnings) add(Weight::warning, warning);
    for (const Setting& setting : settings_) collect(setting);
    for (const Setting& setting : settings_) check(setting);
    for (const Setting& setting : settings_) note(setting);
    for (const SettingEntry& entry : file_.entries) check_known(entry);
    return std::move(findings_);
  }

 private:
  // Where a setting stands, and what it says in the end: a list's lines are joined.
  struct Given {
    std::vector<const SettingEntry*> entries;
    std::string text;
  };

  void collect(const Setting& setting) {
    Given& given = given_[setting.key];
    for (const std::string& spelling : spellings_of(setting.key)) {
      known_.push_back(spelling);
      owners_[spelling] = &setting;
    }
    for (const SettingEntry& entry : file_.entries) {
      const auto owner = owners_.find(entry.key);
      if (owner == owners_.end() || owner->second != &setting) continue;
      if (setting.is_list() && !given.entries.empty()) {
        given.text += ',' + entry.text;
      } else {
        given.text = entry.text;
      }
      given.entries.push_back(&entry);
    }
    given.text = std::string(agent::trim(given.text));
  }

  void check(const Setting& setting) {
    const Given& given = given_[setting.key];
    const SettingEntry* last = given.entries.empty() ? nullptr : given.entries.back();
    if (setting.required && given.text.empty()) return add(Weight::error, last, setting.key, "must be set");
    if (last == nullptr) return;
    if (const auto fault = fault_of_value(setting, given.text))
      add(Weight::error, last, last->key, setting.secret ? "is not valid" : *fault);
  }

  void note(const Setting& setting) {
    const Needs& needs = setting.needs;
    const auto target = std::ranges::find(settings_, needs.target, &Setting::key);
    if (needs.target.empty() || target == settings_.end() || is_met(needs, *target)) return;
    const std::string lacks = needs.contain.empty() ? fmt::format("is not {}", needs.equal.value_or(true))
                                                    : "does not contain " + needs.contain;
    for (const SettingEntry* entry : given_[setting.key].entries)
      add(Weight::note, entry, entry->key, fmt::format("has no effect, because {} {}", needs.target, lacks));
  }

  bool is_met(const Needs& needs, const Setting& target) {
    const Given& given = given_[target.key];
    const std::string text = given.entries.empty() ? target.value : given.text;
    if (fault_of_value(target, text)) return true;  // told of already
    const std::vector<std::string> items = agent::detail::split_list(text);
    if (!needs.contain.empty()) return std::ranges::find(items, needs.contain) != items.end();
    return !needs.equal || (!text.empty() && agent::detail::parse_bool(text)) == *needs.equal;
  }

  void check_known(const SettingEntry& entry) {
    if (owners_.contains(entry.key)) return;
    for (const auto& [spelling, setting] : owners_) {
      if (entry.key.starts_with(spelling + "."))
        return add(Weight::error, &entry, entry.key,
                   fmt::format("'{}' is one value and has no parts", spelling));
      if (spelling.starts_with(entry.key + "."))
        return add(Weight::error, &entry, entry.key, "is a group of keys, not a value");
    }
    std::string text = fmt::format("unknown key '{}'", entry.key);
    if (const auto meant = agent::nearest(entry.key, known_))
      text += fmt::format("; did you mean '{}'?", *meant);
    findings_.push_back({Weight::warning, entry.line, std::move(text), "", other_file(entry.file)});
  }

  void add(Weight weight, const SettingEntry* entry, const std::string& key, const std::string& text) {
    findings_.push_back({weight, entry == nullptr ? 0 : entry->line, fmt::format("{}: {}", key, text), "",
                         entry == nullptr ? "" : other_file(entry->file)});
  }

  void add(Weight weight, const agent::ConfigProblem& problem) {
    findings_.push_back({weight, problem.line, problem.text, "", other_file(problem.file)});
  }

  std::string other_file(const std::string& file) const { return file == name_ ? "" : file; }

  const agent::SettingFile& file_;
  const std::vector<Setting>& settings_;
  std::string name_;
  std::map<std::string, Given> given_;
  std::map<std::string, const Setting*> owners_;  // of a key, in every spelling
  std::vector<std::string> known_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_conf(std::string_view text, const std::string& name,
                                const std::vector<Setting>& settings) {
  const agent::SettingFile file =
      agent::is_yaml_name(name) ? agent::parse_yaml(text, name) : agent::parse_conf(text, name);
  std::vector<Finding> findings = ConfCheck(file, settings, name).run();
  sort(findings);
  return findings;
}

}  // namespace manifest
