#include "setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "agent/detail/setting_value.hpp"
#include "agent/error.hpp"
#include "expression.hpp"

namespace manifest {
namespace {

using Form = ManifestValue::Form;

std::string text_of(const ManifestValue* value) {
  return value != nullptr && value->is_scalar() && value->form != Form::none ? value->text : "";
}

bool flag_of(const ManifestValue* value) {
  return value != nullptr && value->form == Form::flag &&
         (value->text.front() == 't' || value->text.front() == 'T');
}

std::optional<bool> optional_flag(const ManifestValue* value) {
  if (value == nullptr || value->form != Form::flag) return std::nullopt;
  return flag_of(value);
}

std::vector<std::string> texts_of(const ManifestValue* list) {
  std::vector<std::string> texts;
  if (list == nullptr) return texts;
  for (const ManifestValue& item : list->items) texts.push_back(text_of(&item));
  return texts;
}

std::string joined(const ManifestValue* value) {
  if (value == nullptr || value->form != Form::list) return text_of(value);
  return fmt::format("{}", fmt::join(texts_of(value), ","));
}

std::uint64_t count_of(const ManifestValue* value) {
  std::uint64_t count = 0;
  const std::string text = text_of(value);
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

Needs needs_of(const ManifestValue& item) {
  Needs needs;
  const ManifestValue* enabled = item.find("enabled");
  const ManifestValue* when = enabled == nullptr ? nullptr : enabled->find("when");
  if (when == nullptr) return needs;
  needs.line = when->line;
  needs.target = text_of(when->find("target"));
  needs.contain = text_of(when->find("contain"));
  needs.equal = optional_flag(when->find("equal"));
  return needs;
}

// "" when the type has no such values, so that a wrong bound is told of once, as a fault of the manifest.
std::string bound_of(SettingType type, const ManifestValue* value) {
  const std::string text = text_of(value);
  return !text.empty() && is_ordered(type) && !fault_of(type, text) ? text : "";
}

std::optional<std::string> fault_of_bounds(const Setting& setting, const std::string& text) {
  if (!setting.min.empty() && compare(setting.type, text, setting.min) < 0)
    return fmt::format("must be at least {}", setting.min);
  if (!setting.max.empty() && compare(setting.type, text, setting.max) > 0)
    return fmt::format("must be at most {}", setting.max);
  return std::nullopt;
}

bool is_variable(const Setting& setting, const std::string& text) {
  return setting.variables && text.starts_with('$');
}

// A program takes these when they are empty, and looks at a variable when it is used.
bool is_left_open(const Setting& setting, const std::string& text) {
  const bool is_text = setting.type == SettingType::address || setting.type == SettingType::uuid;
  return is_text && (text.empty() || is_variable(setting, text));
}

}  // namespace

Setting setting_of(const ManifestValue& item, SettingType type) {
  Setting out;
  out.line = item.line;
  out.key = text_of(item.find("key"));
  out.type = type;
  out.required = flag_of(item.find("required"));
  out.multiple = flag_of(item.find("multiple"));
  out.secret = flag_of(item.find("secret"));
  out.variables = flag_of(item.find("variables"));
  out.allow_relative = optional_flag(item.find("allow_relative"));
  if (type == SettingType::enumeration) out.accepted = texts_of(item.find("enum_valid"));
  if (type == SettingType::csv) out.accepted = texts_of(item.find("csv_valid"));
  out.value = joined(item.find("default"));
  out.pattern = text_of(item.find("str_valid"));
  out.min = bound_of(type, item.find("min"));
  out.max = bound_of(type, item.find("max"));
  out.length = count_of(item.find("len"));
  out.needs = needs_of(item);
  return out;
}

std::vector<Setting> settings_of(const ManifestValue& manifest) {
  std::vector<Setting> settings;
  for (const ManifestValue& item : manifest.items) {
    const auto type = find_type(text_of(item.find("type")));
    if (type && !text_of(item.find("key")).empty()) settings.push_back(setting_of(item, *type));
  }
  return settings;
}

std::optional<std::string> fault_of_item(const Setting& setting, const std::string& text) {
  if (!is_left_open(setting, text)) {
    if (auto fault = fault_of(setting.type, text)) return fault;
  }
  if (is_ordered(setting.type)) {
    if (auto fault = fault_of_bounds(setting, text)) return fault;
  }
  const bool is_bound = setting.type == SettingType::enumeration || !setting.accepted.empty();
  if (is_bound && std::ranges::find(setting.accepted, text) == setting.accepted.end())
    return fmt::format("'{}' is not one of {}", text, fmt::join(setting.accepted, ", "));
  if (setting.allow_relative == false && !text.empty() && !is_variable(setting, text) &&
      !std::filesystem::path(text).is_absolute())
    return fmt::format("'{}' is not an absolute path", text);
  if (!setting.pattern.empty() && !fault_of_expression(setting.pattern) && !finds(setting.pattern, text))
    return fmt::format("'{}' does not match {}", text, setting.pattern);
  return std::nullopt;
}

std::optional<std::string> fault_of_value(const Setting& setting, const std::string& text) {
  try {
    agent::detail::check_length(text, setting.length);
    if (!setting.is_list()) return fault_of_item(setting, text);
    const std::vector<std::string> items = agent::detail::split_list(text);
    agent::detail::check_has_items(text, items.size());
    for (const std::string& item : items) {
      if (auto fault = fault_of_item(setting, item)) return fault;
    }
  } catch (const agent::Error& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace manifest
