#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "agent/config.hpp"
#include "base/conf_file.hpp"
#include "base/read_file.hpp"
#include "base/replace_file.hpp"
#include "base/trim.hpp"
#include "base/yaml.hpp"
#include "base/yaml_edit.hpp"

namespace agent {
namespace {

constexpr std::size_t kMaxFile = std::size_t{16} << 20;

using Names = std::vector<std::string>;

auto last_of(const std::vector<SettingEntry>& entries, const Names& accepted) {
  return std::find_if(entries.rbegin(), entries.rend(), [&](const SettingEntry& entry) {
    return std::find(accepted.begin(), accepted.end(), entry.key) != accepted.end();
  });
}

// The entry whose value counts: the last one.
const SettingEntry* find_last(const SettingFile& file, const Names& accepted) {
  if (const auto found = last_of(file.entries, accepted); found != file.entries.rend()) return &*found;
  if (const auto found = last_of(file.unset, accepted); found != file.unset.rend()) return &*found;
  return nullptr;
}

SettingFile parse(std::string_view text, const std::string& path) {
  return is_yaml_name(path) ? parse_yaml(text, path) : parse_conf(text, path);
}

// A file after or before an edit, without the entry that is edited.
struct Comparison {
  std::optional<std::string> edited;
  std::vector<std::pair<std::string, std::string>> others;
  std::size_t problems = 0;
};

Comparison compare(std::string_view text, const std::string& path, int line, int column) {
  const SettingFile file = parse(text, path);
  Comparison result;
  result.problems = file.problems.size();
  for (const SettingEntry& entry : file.entries) {
    if (entry.file == path && entry.line == line && entry.column == column) {
      result.edited = entry.text;
    } else {
      result.others.emplace_back(entry.key, entry.text);
    }
  }
  return result;
}

// Refuses an edit that would not be read back, or that says something else too: values over several lines,
// for example.
void check_edit(const std::string& path, std::string_view before, std::string_view after,
                const SettingEntry& at, std::string_view value) {
  const Comparison original = compare(before, path, at.line, at.column);
  const Comparison edited = compare(after, path, at.line, at.column);
  const bool good = edited.edited == std::string(trim(value)) && edited.others == original.others &&
                    edited.problems == original.problems;
  if (!good)
    throw Error(Errc::bad_config, fmt::format("{}: cannot set {} here: write it by hand", path, at.key));
}

// The prefix that the file's first key carries, "" for none of `prefixes`.
std::string prefix_in_use(const SettingFile& file, std::string_view prefixes) {
  for (const SettingEntry& entry : file.entries) {
    for (const std::string& prefix : detail::split_list(prefixes)) {
      if (entry.key.starts_with(prefix)) return prefix;
    }
  }
  return {};
}

struct Line {
  std::size_t begin = 0;
  std::size_t end = 0;  // before "\n" or "\r\n"
};

Line find_line(std::string_view text, int number) {
  std::size_t begin = 0;
  for (int i = 1; i < number; ++i) begin = text.find('\n', begin) + 1;
  std::size_t end = std::min(text.find('\n', begin), text.size());
  if (end > begin && text[end - 1] == '\r') --end;
  return {begin, end};
}

std::string replace_conf_value(std::string_view line, std::string_view value) {
  const ConfLine parts = split_conf_line(line).value();  // the parser found it
  std::string out(line.substr(0, parts.value_offset));
  const bool bare = parts.value.empty() && !parts.comment.empty();
  if (out.ends_with('=') && (bare || out.ends_with(" =") || out.ends_with("\t="))) out += ' ';
  out += escape_conf_value(value);
  if (bare) out += ' ';
  return out.append(
      line.substr(bare ? line.size() - parts.comment.size() : parts.value_offset + parts.value.size()));
}

std::string append_line(std::string text, const std::string& line) {
  const std::string line_end = text.find("\r\n") != std::string::npos ? "\r\n" : "\n";
  if (!text.empty() && !text.ends_with('\n')) text += line_end;
  return text + line + line_end;
}

// In YAML a dotted key at the top counts as much as nested maps.
std::string append_key(const std::string& text, const SettingFile& file, const std::string& path,
                       std::string_view prefixes, std::string_view key, std::string_view value) {
  if (is_yaml_name(path)) return append_line(text, fmt::format("{}: {}", key, quote_yaml(value)));
  return append_line(text,
                     fmt::format("{}{} = {}", prefix_in_use(file, prefixes), key, escape_conf_value(value)));
}

std::string replace_value(std::string text, const SettingEntry& entry, std::string_view value) {
  const Line at = find_line(text, entry.line);
  const std::string line = text.substr(at.begin, at.end - at.begin);
  const std::string edited = is_yaml_name(entry.file) ? replace_yaml_value(line, entry.column, value)
                                                      : replace_conf_value(line, value);
  return text.replace(at.begin, at.end - at.begin, edited);
}

}  // namespace

void set_key(const std::string& path, std::string_view prefixes, std::string_view key,
             std::string_view value) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (std::any_of(value.begin(), value.end(), control)) {
    throw Error(Errc::bad_config, fmt::format("set {}: a value cannot contain control characters", key));
  }
  const Names accepted = key_spellings(prefixes, key);
  std::string text = read_file(path, kMaxFile);
  const SettingFile file = parse(text, path);
  const SettingEntry* const entry = find_last(file, accepted);
  const std::string& target = entry ? entry->file : path;  // an included file, perhaps
  if (target != path) text = read_file(target, kMaxFile);
  const std::string edited =
      entry ? replace_value(text, *entry, value) : append_key(text, file, path, prefixes, key, value);
  const int last_line = static_cast<int>(std::count(edited.begin(), edited.end(), '\n'));
  const SettingEntry appended{std::string(key), "", path, last_line, 0};
  check_edit(target, text, edited, entry ? *entry : appended, value);
  replace_file(target, edited);
}

}  // namespace agent
