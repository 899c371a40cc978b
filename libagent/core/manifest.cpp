#include "agent/manifest.hpp"

#include <fmt/format.h>

#include <array>

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

void append_default(std::string& out, const SettingInfo& info) {
  if (info.type == "csv") {
    if (!info.value.empty()) out += "  default: " + quoted_list(info.value) + "\n";
  } else if (!info.value.empty()) {
    out += "  default: " + scalar(info, info.value.front()) + "\n";
  }
}

// The same in both languages: who translates has a place for it.
void append_text(std::string& out, std::string_view what, const std::string& text) {
  out += fmt::format("  {0}:\n    zh: {1}\n    en: {1}\n", what, double_quoted(text));
}

void append_item(std::string& out, const SettingInfo& info) {
  out += fmt::format("- key: {}\n", info.key);
  append_text(out, "name", info.key);
  append_text(out, "desc", info.doc.empty() ? info.key : info.doc);
  out += fmt::format("  type: {}\n", info.type);
  if (info.required) out += "  required: true\n";
  append_default(out, info);
  if (info.type == "enum") out += "  enum_valid: " + quoted_list(info.accepted) + "\n";
  if (info.type == "csv" && !info.accepted.empty())
    out += "  csv_valid: " + quoted_list(info.accepted) + "\n";
  if (!info.min.empty()) out += "  min: " + scalar(info, info.min) + "\n";
  if (!info.max.empty()) out += "  max: " + scalar(info, info.max) + "\n";
  if (info.type == "path") out += "  allow_relative: true\n";
}

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};

}  // namespace

std::string manifest_yaml(const std::vector<SettingInfo>& settings) {
  std::string out = "# Every setting of this agent. Generated: `<agent> manifest` prints it.\n";
  for (const SettingInfo& info : settings) append_item(out, info);
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

}  // namespace detail
}  // namespace agent
