#include "original_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <string>
#include <vector>

#include "expression.hpp"
#include "setting.hpp"
#include "setting_type.hpp"

namespace manifest {
namespace {

using Form = ManifestValue::Form;
using Verdict = std::optional<Finding>;

constexpr std::nullopt_t kPassed = std::nullopt;

Verdict broken(int line, std::string text) {
  return Finding{Finding::Weight::error, line, std::move(text), ""};
}

const ManifestValue* member(const ManifestValue& item, std::string_view name) {
  const ManifestValue* found = item.find(name);
  return found == nullptr || found->form == Form::none ? nullptr : found;
}

std::string text(const ManifestValue& item, std::string_view name) {
  const ManifestValue* found = member(item, name);
  return found != nullptr && found->is_scalar() ? found->text : "";
}

SettingType type_of(const ManifestValue& item) {
  return find_type(text(item, "type")).value_or(SettingType::string);
}

// What its YAML library reads as a bool.
bool is_flag(const ManifestValue& value) {
  constexpr std::array<std::string_view, 8> kOlder{"y", "yes", "on", "n", "no", "off", "Yes", "No"};
  return value.form == Form::flag ||
         (value.form == Form::text && std::ranges::find(kOlder, value.text) != kOlder.end());
}

bool decodes(const ManifestMember& entry) {
  const ManifestValue& value = entry.value;
  const std::string& name = entry.name;
  if (value.form == Form::none) return true;
  if (name == "required" || name == "allow_relative") return is_flag(value);
  if (name == "len") return value.form == Form::whole && !value.text.starts_with('-');
  if (name == "enum_valid" || name == "csv_valid") return value.form == Form::list;
  if (name == "name" || name == "desc" || name == "enabled") return value.form == Form::map;
  if (name == "key" || name == "type" || name == "str_valid") return value.is_scalar();
  return true;
}

// Reading comes before all rules.
Verdict decode(const ManifestValue& item) {
  if (item.form != Form::map && item.form != Form::none)
    return broken(item.line, fmt::format("cannot unmarshal {} into a setting", name_of(item.form)));
  for (const ManifestMember& entry : item.members) {
    if (!decodes(entry))
      return broken(entry.line,
                    fmt::format("cannot unmarshal {} into {}", name_of(entry.value.form), entry.name));
    if (entry.name == "type" && !entry.value.text.empty() && !find_type(entry.value.text))
      return broken(entry.line, "unsupported type: " + entry.value.text);
  }
  return kPassed;
}

std::string chinese(const ManifestValue& item, std::string_view name) {
  const ManifestValue* texts = member(item, name);
  return texts == nullptr ? "" : text(*texts, "zh");
}

Verdict required_members(const ManifestValue& item, std::size_t number) {
  const std::string key = text(item, "key");
  if (key.empty()) return broken(item.line, fmt::format("missing key on item {}", number));
  for (const std::string_view name : {"name", "desc"}) {
    if (chinese(item, name).empty())
      return broken(item.line, fmt::format("missing {}.zh on item {}", name, key));
  }
  if (text(item, "type").empty()) return broken(item.line, fmt::format("missing type on item {}", key));
  return kPassed;
}

// host:port, the port a number up to 65535, 0 too.
bool is_address(std::string_view value) {
  const std::size_t colon = value.rfind(':');
  if (colon == std::string_view::npos) return false;
  unsigned port = 0;
  const std::string_view digits = value.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc() && end == digits.data() + digits.size() && !digits.empty() && port <= 65535;
}

bool is_default_of(SettingType type, const ManifestValue& value) {
  switch (type) {
    case SettingType::string:
    case SettingType::path:
    case SettingType::enumeration: return value.form == Form::text;
    case SettingType::csv: return value.form == Form::list;
    case SettingType::integer:
    case SettingType::unsigned_integer: return value.form == Form::whole;
    case SettingType::floating: return value.form == Form::whole || value.form == Form::number;
    case SettingType::boolean: return value.form == Form::flag;
    case SettingType::address: return value.form == Form::text && is_address(value.text);
    case SettingType::bytes:
    case SettingType::duration: return value.form == Form::text && !fault_of(type, value.text);
    case SettingType::uuid: break;
  }
  return true;
}

Verdict default_type(const ManifestValue& item) {
  const ManifestValue* value = member(item, "default");
  if (value == nullptr || is_default_of(type_of(item), *value)) return kPassed;
  return broken(value->line, fmt::format("invalid default value on item {}, want {}", text(item, "key"),
                                         name_of(type_of(item))));
}

bool has(const ManifestValue& list, const std::string& wanted) {
  return std::ranges::any_of(list.items, [&](const ManifestValue& item) { return item.text == wanted; });
}

Verdict enum_values(const ManifestValue& item) {
  if (type_of(item) != SettingType::enumeration) return kPassed;
  const ManifestValue* accepted = member(item, "enum_valid");
  if (accepted == nullptr || accepted->items.empty())
    return broken(item.line, "missing enum_valid on item " + text(item, "key"));
  const ManifestValue* value = member(item, "default");
  if (value == nullptr || has(*accepted, value->text)) return kPassed;
  return broken(value->line, "default value not in enum_valid on item " + text(item, "key"));
}

Verdict csv_values(const ManifestValue& item) {
  const ManifestValue* accepted = member(item, "csv_valid");
  if (accepted == nullptr || accepted->items.empty()) return kPassed;
  if (type_of(item) != SettingType::csv)
    return broken(accepted->line, "csv_valid is only for csv on item " + text(item, "key"));
  const ManifestValue* value = member(item, "default");
  if (value == nullptr) return kPassed;
  for (const ManifestValue& one : value->items) {
    if (!has(*accepted, one.text))
      return broken(one.line, "default value not in csv_valid on item " + text(item, "key"));
  }
  return kPassed;
}

Verdict expressions(const ManifestValue& item) {
  const ManifestValue* expression = member(item, "str_valid");
  if (expression == nullptr) return kPassed;
  const auto fault = fault_of_expression(expression->text);
  return fault ? broken(expression->line, fmt::format("str_valid on item {}: {}", text(item, "key"), *fault))
               : kPassed;
}

Verdict bounds(const ManifestValue& item) {
  for (const std::string_view name : {"min", "max"}) {
    const ManifestValue* bound = member(item, name);
    const SettingType type = type_of(item);
    if (bound == nullptr || (is_ordered(type) && is_default_of(type, *bound))) continue;
    return broken(bound->line, fmt::format("invalid {} on item {}", name, text(item, "key")));
  }
  return kPassed;
}

Verdict lengths(const ManifestValue& item) {
  const ManifestValue* length = member(item, "len");
  const SettingType type = type_of(item);
  const bool fits = type == SettingType::string || type == SettingType::csv || type == SettingType::path;
  if (length == nullptr || fits || length->text.find_first_not_of('0') == std::string::npos) return kPassed;
  return broken(length->line, "len is only for string, csv and path on item " + text(item, "key"));
}

Verdict relative_paths(const ManifestValue& item) {
  const ManifestValue* relative = member(item, "allow_relative");
  const bool is_set = relative != nullptr && relative->form == Form::flag &&
                      (relative->text.front() == 't' || relative->text.front() == 'T');
  if (!is_set || type_of(item) == SettingType::path) return kPassed;
  return broken(relative->line, "allow_relative is only for path on item " + text(item, "key"));
}

Verdict dependencies(const ManifestValue& manifest, const ManifestValue& item) {
  const ManifestValue* enabled = member(item, "enabled");
  const ManifestValue* when = enabled == nullptr ? nullptr : member(*enabled, "when");
  const std::string target = when == nullptr ? "" : text(*when, "target");
  if (target.empty()) return kPassed;
  const auto named = [&](const ManifestValue& other) { return text(other, "key") == target; };
  const auto found = std::ranges::find_if(manifest.items, named);
  const std::string on = " on item " + text(item, "key");
  if (found == manifest.items.end()) return broken(when->line, "target " + target + " not found" + on);
  const std::string contain = text(*when, "contain");
  const ManifestValue* equal = member(*when, "equal");
  if (!contain.empty() && equal != nullptr) return broken(when->line, "both contain and equal" + on);
  if (!contain.empty() && type_of(*found) != SettingType::csv)
    return broken(when->line, "contain needs a csv target" + on);
  const ManifestValue* accepted = member(*found, "csv_valid");
  if (!contain.empty() && accepted != nullptr && !accepted->items.empty() && !has(*accepted, contain))
    return broken(when->line, "contain is not in csv_valid of " + target + on);
  if (equal != nullptr && type_of(*found) != SettingType::boolean)
    return broken(when->line, "equal needs a bool target" + on);
  return kPassed;
}

}  // namespace

std::optional<Finding> check_as_original(const ManifestValue& manifest) {
  if (manifest.form == Form::none) return kPassed;
  if (manifest.form != Form::list)
    return broken(manifest.line, fmt::format("cannot unmarshal {} into a list", name_of(manifest.form)));
  for (const ManifestValue& item : manifest.items) {
    if (auto verdict = decode(item)) return verdict;
  }
  std::size_t number = 0;
  for (const ManifestValue& item : manifest.items) {
    if (auto verdict = required_members(item, ++number)) return verdict;
  }
  using Rule = std::function<Verdict(const ManifestValue&)>;
  const std::vector<Rule> rules{
      default_type,   enum_values,
      csv_values,     expressions,
      bounds,         lengths,
      relative_paths, [&manifest](const ManifestValue& item) { return dependencies(manifest, item); }};
  for (const Rule& rule : rules) {
    for (const ManifestValue& item : manifest.items) {
      if (auto verdict = rule(item)) return verdict;
    }
  }
  return kPassed;
}

}  // namespace manifest
