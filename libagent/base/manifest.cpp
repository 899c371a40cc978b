#include "agent/manifest.hpp"

#include <fmt/format.h>

#include <array>

#include "agent/json.hpp"

namespace agent {
namespace {

// A double-quoted YAML scalar.
std::string double_quoted(std::string_view text) {
  json::Writer writer;
  writer.string(text);
  return writer.take();
}

std::string quoted_list(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text += (text.size() == 1 ? "" : ", ") + double_quoted(item);
  return text + "]";
}

bool is_bare(std::string_view type) {
  return type == "int" || type == "uint" || type == "float" || type == "bool";
}

std::string scalar(const SettingInfo& info, const std::string& value) {
  return is_bare(info.type) ? value : double_quoted(value);
}

void append(std::string& out, std::string_view member, std::string_view value) {
  out += fmt::format("  {}: {}\n", member, value);
}

void append_flag(std::string& out, std::string_view member, bool value) {
  if (value) append(out, member, "true");
}

// Every language has it, so that whoever translates has a place for it.
void append_text(std::string& out, std::string_view member, const SettingTexts& texts, std::string_view key,
                 std::string SettingTexts::Text::*part, const std::string& without) {
  out += fmt::format("  {}:\n", member);
  for (const std::string& language : texts.languages()) {
    const SettingTexts::Text* text = texts.find(language, key);
    const bool is_there = text != nullptr && !(text->*part).empty();
    out += fmt::format("    {}: {}\n", language, double_quoted(is_there ? text->*part : without));
  }
}

void append_category(std::string& out, const SettingInfo& info, const SettingTexts& texts) {
  if (info.category.empty()) return;
  append(out, "category", info.category);
  append_text(out, "category_name", texts, "category." + info.category, &SettingTexts::Text::name,
              info.category);
}

void append_default(std::string& out, const SettingInfo& info) {
  if (info.value.empty() || info.secret) return;
  const bool is_list = info.type == "csv" || info.multiple;
  append(out, "default", is_list ? quoted_list(info.value) : scalar(info, info.value.front()));
}

void append_rules(std::string& out, const SettingInfo& info) {
  if (info.type == "enum") append(out, "enum_valid", quoted_list(info.accepted));
  if (info.type == "csv" && !info.accepted.empty()) append(out, "csv_valid", quoted_list(info.accepted));
  if (!info.pattern.empty()) append(out, "str_valid", double_quoted(info.pattern));
  if (!info.min.empty()) append(out, "min", scalar(info, info.min));
  if (!info.max.empty()) append(out, "max", scalar(info, info.max));
  if (info.max_length != 0) append(out, "len", std::to_string(info.max_length));
  if (info.type == "path") append(out, "allow_relative", info.relative ? "true" : "false");
}

void append_needs(std::string& out, const SettingInfo& info) {
  if (info.needs_key.empty()) return;
  out += fmt::format("  enabled:\n    when:\n      target: {}\n", info.needs_key);
  if (info.needs_item.empty()) {
    out += fmt::format("      equal: {}\n", info.needs_value);
  } else {
    out += fmt::format("      contain: {}\n", double_quoted(info.needs_item));
  }
}

void append_item(std::string& out, const SettingInfo& info, const SettingTexts& texts) {
  out += fmt::format("- key: {}\n", info.key);
  append_text(out, "name", texts, info.key, &SettingTexts::Text::name, info.key);
  append_text(out, "desc", texts, info.key, &SettingTexts::Text::desc,
              info.doc.empty() ? info.key : info.doc);
  append_category(out, info, texts);
  append(out, "type", info.type);
  append_flag(out, "multiple", info.multiple);
  append_flag(out, "secret", info.secret);
  append_flag(out, "variables", info.variables);
  append_flag(out, "required", info.required);
  append_default(out, info);
  append_rules(out, info);
  append_needs(out, info);
}

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};

}  // namespace

std::string manifest_yaml(const std::vector<SettingInfo>& settings, const SettingTexts& texts) {
  std::string out = "# Every setting of this program. Generated: `<program> manifest` prints it.\n";
  for (const SettingInfo& info : settings) append_item(out, info, texts);
  return out;
}

namespace detail {

std::string exact_bytes(Bytes bytes) {
  constexpr std::array<Unit, 6> units{{{"Gi", 1ull << 30},
                                       {"G", 1'000'000'000},
                                       {"Mi", 1ull << 20},
                                       {"M", 1'000'000},
                                       {"Ki", 1ull << 10},
                                       {"K", 1'000}}};
  for (const Unit& unit : units) {
    if (bytes.value != 0 && bytes.value % unit.bytes == 0)
      return fmt::format("{}{}", bytes.value / unit.bytes, unit.name);
  }
  return std::to_string(bytes.value);
}

std::string_view text_type(const FieldRules& rules) {
  switch (rules.kind) {
    case ValueKind::address: return "naddr";
    case ValueKind::path: return "path";
    case ValueKind::uuid: return "uuid";
    case ValueKind::plain: break;
  }
  return rules.one_of.empty() ? "string" : "enum";
}

SettingInfo describe_rules(std::string key, std::string_view prefix, std::string_view doc,
                           const FieldRules& rules) {
  SettingInfo info;
  info.key = std::move(key);
  info.doc = doc;
  info.category = rules.category;
  info.accepted = split_list(rules.one_of);
  info.min = rules.min;
  info.max = rules.max;
  info.max_length = rules.max_length;
  info.pattern = rules.pattern;
  info.required = rules.required;
  info.secret = rules.secret;
  info.variables = rules.variables;
  info.relative = rules.kind == ValueKind::path && !rules.absolute;
  if (rules.needs.key.empty()) return info;
  info.needs_key = std::string(prefix) + std::string(rules.needs.key);
  info.needs_item = rules.needs.contains;
  info.needs_value = rules.needs.equals;
  return info;
}

}  // namespace detail
}  // namespace agent
