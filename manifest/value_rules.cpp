// Which values a setting may have, and its default.
#include <fmt/format.h>

#include <algorithm>

#include "expression.hpp"
#include "item_check.hpp"
#include "setting.hpp"

namespace manifest {
namespace {

using Form = ManifestValue::Form;

bool is_form_of(SettingType type, Form form) {
  switch (type) {
    case SettingType::integer:
    case SettingType::unsigned_integer: return form == Form::whole;
    case SettingType::floating: return form == Form::whole || form == Form::number;
    case SettingType::boolean: return form == Form::flag;
    case SettingType::csv: return form == Form::list;
    default: return form == Form::text;
  }
}

std::string_view form_text(SettingType type) {
  switch (type) {
    case SettingType::integer:
    case SettingType::unsigned_integer: return "want a whole number, without quotes";
    case SettingType::floating: return "want a number, without quotes";
    case SettingType::boolean: return "want true or false, without quotes";
    case SettingType::csv: return "want a list, as [a, b]";
    default: return "want a text; put it in quotes";
  }
}

// Why these are no items that a line of a file could have; nullopt when they are.
std::optional<std::string> fault_of_list(const ManifestValue& list) {
  for (const ManifestValue& item : list.items) {
    if (!item.is_scalar()) return fmt::format("{} within the list", name_of(item.form));
    if (item.text.find(',') != std::string::npos) return fmt::format("'{}' has a comma", item.text);
  }
  return std::nullopt;
}

std::string joined(const ManifestValue& value) {
  if (value.form != Form::list) return value.text;
  std::string text;
  for (const ManifestValue& item : value.items) text += (text.empty() ? "" : ",") + item.text;
  return text;
}

void check_default(ItemCheck& check, const Setting& setting) {
  const ManifestValue* value = check.member("default");
  if (value == nullptr) return;
  const bool is_list = value->form == Form::list && setting.is_list();
  if (!is_list && !is_form_of(setting.type, value->form))
    return check.error(value->line, fmt::format("default is {}", name_of(value->form)),
                       form_text(setting.type));
  if (const auto fault = fault_of_list(*value))
    return check.error(value->line, "default: " + *fault, "write one item for each value");
  if (const auto fault = fault_of_value(setting, joined(*value)))
    check.error(value->line, "default: " + *fault, "a default must be a value that is accepted");
}

void check_bound(ItemCheck& check, SettingType type, std::string_view name) {
  const ManifestValue* bound = check.member(name);
  if (bound == nullptr) return;
  if (!is_ordered(type))
    return check.error(bound->line, fmt::format("{} is not for {}", name, name_of(type)),
                       "it is for int, uint, float, bytes and duration; remove it");
  if (!is_form_of(type, bound->form))
    return check.error(bound->line, fmt::format("{} is {}", name, name_of(bound->form)), form_text(type));
  if (const auto fault = fault_of(type, bound->text))
    check.error(bound->line, fmt::format("{}: {}", name, *fault),
                fmt::format("want a value of the type {}", name_of(type)));
}

void check_order(ItemCheck& check, const Setting& setting) {
  if (setting.min.empty() || setting.max.empty()) return;
  if (compare(setting.type, setting.min, setting.max) > 0)
    check.error(check.member("max")->line, "max is less than min", "no value is accepted; swap them");
}

void check_choices(ItemCheck& check, const Setting& setting) {
  const ManifestValue* of_enum = check.member("enum_valid");
  const ManifestValue* of_csv = check.member("csv_valid");
  if (setting.type == SettingType::enumeration && setting.accepted.empty())
    check.error(check.item().line, "an enum without enum_valid",
                "list the accepted values, or make the type string");
  if (setting.type != SettingType::enumeration && of_enum != nullptr)
    check.warning(of_enum->line, fmt::format("enum_valid has no effect on {}", name_of(setting.type)),
                  "remove it, or make the type enum");
  if (setting.type != SettingType::csv && of_csv != nullptr)
    check.error(of_csv->line, fmt::format("csv_valid is not for {}", name_of(setting.type)),
                "remove it, or make the type csv");
}

// Members that are for some types only.
void check_placed(ItemCheck& check, const Setting& setting) {
  const ManifestValue* length = check.member("len");
  const bool has_length = setting.type == SettingType::string || setting.type == SettingType::csv ||
                          setting.type == SettingType::path;
  if (length != nullptr && setting.length != 0 && !has_length)
    check.error(length->line, fmt::format("len is not for {}", name_of(setting.type)),
                "it is for string, csv and path; remove it");
  const ManifestValue* relative = check.member("allow_relative");
  if (relative != nullptr && setting.type != SettingType::path)
    check.error(relative->line, fmt::format("allow_relative is not for {}", name_of(setting.type)),
                "it is for path; remove it");
  const ManifestValue* multiple = check.member("multiple");
  if (multiple != nullptr && setting.type != SettingType::address)
    check.error(multiple->line, fmt::format("multiple is not for {}", name_of(setting.type)),
                "it is for naddr; a list of other values is a csv");
}

void check_expression(ItemCheck& check) {
  const ManifestValue* expression = check.member("str_valid");
  if (expression == nullptr || !expression->is_scalar()) return;
  if (const auto fault = fault_of_expression(expression->text))
    check.error(expression->line, fmt::format("str_valid does not compile: {}", *fault),
                "want the syntax of RE2, as of Go's regexp");
}

}  // namespace

void check_values(ItemCheck& check) {
  check_expression(check);
  const ManifestValue* type_name = check.member("type");
  const auto type = find_type(type_name == nullptr ? "" : type_name->text);
  if (!type) return;
  check_bound(check, *type, "min");
  check_bound(check, *type, "max");
  const Setting setting = setting_of(check.item(), *type);
  check_choices(check, setting);
  check_placed(check, setting);
  check_order(check, setting);
  const bool is_judged = setting.type != SettingType::enumeration || !setting.accepted.empty();
  if (is_judged) check_default(check, setting);
}

}  // namespace manifest
