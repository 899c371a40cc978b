#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "agent/config.hpp"
#include "agent/log.hpp"
#include "base/conf_file.hpp"
#include "base/nearest.hpp"
#include "base/own_environment.hpp"
#include "base/read_file.hpp"
#include "base/trim.hpp"
#include "base/yaml.hpp"

namespace agent {
namespace {

constexpr std::size_t kMaxFile = std::size_t{16} << 20;  // a configuration, not a device or a log
constexpr std::string_view kEnvironment = "LIBAGENT_";

std::string environment_name(std::string_view key) {
  std::string name(kEnvironment);
  for (char c : key) {
    const bool lower = c >= 'a' && c <= 'z';
    name += c == '.' || c == '-' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

// What is in no line comes last.
void sort_by_line(std::vector<ConfigProblem>& problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const ConfigProblem& a, const ConfigProblem& b) {
    return std::tuple(a.line == 0, std::string_view(a.file), a.line) <
           std::tuple(b.line == 0, std::string_view(b.file), b.line);
  });
}

// One value as it was set, and where.
struct Found {
  std::string text;
  std::string name;                     // the key as the file has it, or the variable
  const SettingEntry* entry = nullptr;  // null: from the environment
};

// A setting that depends on another one.
struct Dependent {
  std::vector<std::string> spellings;
  std::string needed;    // the key on which it depends
  std::string contains;  // "" = needed must be `equals`
  bool equals = true;
};

std::string join(const std::vector<const SettingEntry*>& entries) {
  std::string text;
  for (const SettingEntry* entry : entries) {
    if (entry != entries.front()) text += ',';
    text += entry->text;
  }
  return text;
}

}  // namespace

std::vector<std::string> key_spellings(std::string_view prefixes, std::string_view key) {
  std::vector<std::string> all{std::string(key)};
  for (const std::string& prefix : detail::split_list(prefixes)) all.push_back(prefix + std::string(key));
  return all;
}

struct Settings::Impl {
  std::string name;
  SettingFile file;
  std::vector<bool> known;                          // per entry: a field or ignore() named it
  std::map<std::string, Found, std::less<>> given;  // by set()
  std::vector<std::string> names;                   // of all fields, in every spelling
  std::set<std::string> variables;
  std::set<std::string, std::less<>> scalars;  // names that have a value and so no parts
  std::map<std::string, std::vector<std::string>, std::less<>> values;  // by remember()
  std::vector<Dependent> dependents;
  std::map<std::string, std::vector<std::string>, std::less<>> spellings;  // of each field that was taken
  std::vector<ConfigProblem> problems;
  std::vector<ConfigProblem> warnings;

  bool is_met(const Dependent& dependent) const;
  std::vector<const SettingEntry*> entries_of(const std::vector<std::string>& accepted);
  std::optional<Found> find(const std::vector<std::string>& accepted, bool list);
  void add_problem(const SettingEntry* entry, std::string_view name, std::string_view text);
  std::optional<std::string> scalar_above(const std::string& key) const;
  ConfigProblem unknown(const SettingEntry& entry) const;
  void add_unknown_variables(std::vector<ConfigProblem>& out) const;
};

std::vector<const SettingEntry*> Settings::Impl::entries_of(const std::vector<std::string>& accepted) {
  std::vector<const SettingEntry*> found;
  for (std::size_t i = 0; i < file.entries.size(); ++i) {
    if (std::find(accepted.begin(), accepted.end(), file.entries[i].key) == accepted.end()) continue;
    known[i] = true;
    found.push_back(&file.entries[i]);
  }
  return found;
}

std::optional<Found> Settings::Impl::find(const std::vector<std::string>& accepted, bool list) {
  const std::string variable = environment_name(accepted.front());
  variables.insert(variable);
  const std::vector<const SettingEntry*> entries = entries_of(accepted);
  if (const auto set = given.find(accepted.front()); set != given.end()) return set->second;
  if (const char* set = std::getenv(variable.c_str()); set && *set) {
    return Found{std::string(trim(set)), variable, nullptr};
  }
  if (entries.empty()) return std::nullopt;
  const SettingEntry* last = entries.back();
  return Found{std::string(trim(list ? join(entries) : last->text)), last->key, last};
}

void Settings::Impl::add_problem(const SettingEntry* entry, std::string_view key, std::string_view text) {
  std::string line = fmt::format("{}: {}", key, text);
  if (entry) {
    problems.push_back({entry->file, entry->line, std::move(line)});
  } else {
    problems.push_back({name, 0, std::move(line)});
  }
}

std::optional<std::string> Settings::Impl::scalar_above(const std::string& key) const {
  for (std::size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1)) {
    const std::string above = key.substr(0, dot);
    if (scalars.contains(above)) return above;
  }
  return std::nullopt;
}

// What nobody remembered was no field.
bool Settings::Impl::is_met(const Dependent& dependent) const {
  const auto found = values.find(dependent.needed);
  if (found == values.end()) return true;
  const std::string wanted = !dependent.contains.empty() ? dependent.contains
                             : dependent.equals          ? "true"
                                                         : "false";
  return std::find(found->second.begin(), found->second.end(), wanted) != found->second.end();
}

ConfigProblem Settings::Impl::unknown(const SettingEntry& entry) const {
  std::string text = fmt::format("unknown key '{}'", entry.key);
  if (const auto meant = nearest(entry.key, names)) text += fmt::format("; did you mean '{}'?", *meant);
  return {entry.file, entry.line, std::move(text)};
}

void Settings::Impl::add_unknown_variables(std::vector<ConfigProblem>& out) const {
  const std::vector<std::string> all(variables.begin(), variables.end());
  for (const char* const* variable = own_environment(); *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::string set(text.substr(0, text.find('=')));
    if (!set.starts_with(kEnvironment) || variables.contains(set)) continue;
    const auto meant = nearest(set, all);
    out.push_back({"", 0,
                   fmt::format("unknown environment variable '{}'{}", set,
                               meant ? fmt::format("; did you mean '{}'?", *meant) : "")});
  }
}

Settings::Settings(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Settings::~Settings() = default;
Settings::Settings(Settings&&) noexcept = default;
Settings& Settings::operator=(Settings&&) noexcept = default;

Settings Settings::load(const std::string& path) {
  std::string text;
  try {
    text = read_file(path, kMaxFile);
  } catch (const Error& error) {
    throw Error(Errc::bad_config, std::string("the configuration cannot be read: ") + error.what());
  }
  return parse(text, path);
}

Settings Settings::parse(std::string_view text, const std::string& name) {
  auto impl = std::make_unique<Impl>();
  impl->name = name;
  impl->file = is_yaml_name(name) ? parse_yaml(text, name) : parse_conf(text, name);
  impl->known.resize(impl->file.entries.size());
  impl->problems = std::move(impl->file.problems);
  impl->warnings = std::move(impl->file.warnings);
  return Settings(std::move(impl));
}

void Settings::take(std::string_view prefixes, std::string_view key, Kind kind, const FieldRules& rules,
                    const std::function<void(std::string_view)>& assign) {
  const std::vector<std::string> accepted = key_spellings(prefixes, key);
  if (kind == Kind::group) {
    for (const SettingEntry* entry : impl_->entries_of(accepted)) {
      impl_->add_problem(entry, entry->key, "is a group of keys, not a value");
    }
    return;
  }
  impl_->names.insert(impl_->names.end(), accepted.begin(), accepted.end());
  impl_->scalars.insert(accepted.begin(), accepted.end());
  impl_->spellings[std::string(key)] = accepted;

  const std::optional<Found> found = impl_->find(accepted, kind == Kind::list);
  if (rules.required && (!found || found->text.empty())) {
    impl_->add_problem(found ? found->entry : nullptr, found ? found->name : key, "must be set");
    return;
  }
  if (!found) return;
  if (rules.secret) log::hide(found->text);
  try {
    assign(found->text);
  } catch (const Error& error) {  // whose text may quote the value
    impl_->add_problem(found->entry, found->name, rules.secret ? "is not valid" : error.what());
  }
}

void Settings::remember(std::string_view key, std::vector<std::string> items) {
  impl_->values[std::string(key)] = std::move(items);
}

void Settings::depend(std::string_view key, std::string_view group, const FieldNeeds& needs) {
  impl_->dependents.push_back({impl_->spellings[std::string(key)],
                               std::string(group) + std::string(needs.key), std::string(needs.contains),
                               needs.equals});
}

void Settings::ignore(std::string_view key, std::string_view reason) {
  if (!key.ends_with('.')) impl_->names.emplace_back(key);
  for (std::size_t i = 0; i < impl_->file.entries.size(); ++i) {
    const SettingEntry& entry = impl_->file.entries[i];
    if (entry.key != key && !(key.ends_with('.') && entry.key.starts_with(key))) continue;
    impl_->known[i] = true;
    impl_->warnings.push_back({entry.file, entry.line, fmt::format("{}: {}", entry.key, reason)});
  }
}

void Settings::allow_only_known(std::string_view beginning) {
  std::vector<std::string> names;
  for (const std::string& name : impl_->names) {
    if (name.starts_with(beginning)) names.push_back(name);
  }
  for (std::size_t i = 0; i < impl_->file.entries.size(); ++i) {
    const SettingEntry& entry = impl_->file.entries[i];
    if (impl_->known[i] || !entry.key.starts_with(beginning) || impl_->scalar_above(entry.key)) continue;
    impl_->known[i] = true;
    impl_->add_problem(&entry, entry.key, fmt::format("is unknown; there are {}", fmt::join(names, ", ")));
  }
}

void Settings::set(std::string_view key, std::string text, std::string source) {
  impl_->given[std::string(key)] = Found{std::string(trim(text)), std::move(source), nullptr};
}

ConfigProblem Settings::place(std::string_view key, std::string_view text) const {
  const SettingEntry* found = nullptr;
  for (const SettingEntry& entry : impl_->file.entries) {
    const bool prefixed = entry.key.ends_with(key) && entry.key.size() > key.size() &&
                          entry.key[entry.key.size() - key.size() - 1] == '.';
    const bool named = std::find(impl_->names.begin(), impl_->names.end(), entry.key) != impl_->names.end();
    if (entry.key == key || (prefixed && named)) found = &entry;
  }
  if (found) return {found->file, found->line, fmt::format("{}: {}", found->key, text)};
  return {impl_->name, 0, fmt::format("{}: {}", key, text)};
}

void Settings::problem(std::string_view key, std::string_view text) {
  impl_->problems.push_back(place(key, text));
}

void Settings::warning(std::string_view key, std::string_view text) {
  impl_->warnings.push_back(place(key, text));
}

std::vector<ConfigProblem> Settings::problems() const {
  std::vector<ConfigProblem> all = impl_->problems;
  for (std::size_t i = 0; i < impl_->file.entries.size(); ++i) {
    const SettingEntry& entry = impl_->file.entries[i];
    if (impl_->known[i]) continue;
    if (const auto above = impl_->scalar_above(entry.key)) {
      all.push_back(
          {entry.file, entry.line, fmt::format("{}: '{}' is one value and has no parts", entry.key, *above)});
    }
  }
  sort_by_line(all);
  return all;
}

std::vector<ConfigProblem> Settings::warnings() const {
  std::vector<ConfigProblem> all = impl_->warnings;
  for (std::size_t i = 0; i < impl_->file.entries.size(); ++i) {
    const SettingEntry& entry = impl_->file.entries[i];
    if (!impl_->known[i] && !impl_->scalar_above(entry.key)) all.push_back(impl_->unknown(entry));
  }
  impl_->add_unknown_variables(all);
  sort_by_line(all);
  return all;
}

std::vector<ConfigProblem> Settings::notes() const {
  std::vector<ConfigProblem> all;
  for (const Dependent& dependent : impl_->dependents) {
    if (impl_->is_met(dependent)) continue;
    for (const SettingEntry& entry : impl_->file.entries) {
      if (std::ranges::find(dependent.spellings, entry.key) == dependent.spellings.end()) continue;
      const std::string lacks = dependent.contains.empty()
                                    ? fmt::format("is not {}", dependent.equals)
                                    : fmt::format("does not contain {}", dependent.contains);
      all.push_back({entry.file, entry.line,
                     fmt::format("{}: has no effect, because {} {}", entry.key, dependent.needed, lacks)});
    }
  }
  sort_by_line(all);
  return all;
}

void Settings::check() const {
  std::string text;
  for (const ConfigProblem& problem : problems()) {
    if (!text.empty()) text += '\n';
    text += to_string(problem);
  }
  if (!text.empty()) throw Error(Errc::bad_config, text);
}

std::string to_string(const ConfigProblem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text += fmt::format("{}line {}", text.empty() ? "" : ": ", problem.line);
  return text.empty() ? problem.text : fmt::format("{}: {}", text, problem.text);
}

}  // namespace agent
