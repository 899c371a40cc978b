#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "agent/config.hpp"
#include "base/conf_file.hpp"
#include "base/read_file.hpp"
#include "base/replace_file.hpp"
#include "base/yaml.hpp"
#include "base/yaml_edit.hpp"

namespace agent {
namespace {

constexpr std::size_t kMaxFile = std::size_t{16} << 20;

// The entry whose value counts: the last one.
const SettingEntry* find_last(const SettingFile& file, const std::vector<std::string>& accepted) {
  const auto found = std::find_if(file.entries.rbegin(), file.entries.rend(), [&](const SettingEntry& entry) {
    return std::find(accepted.begin(), accepted.end(), entry.key) != accepted.end();
  });
  return found == file.entries.rend() ? nullptr : &*found;
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
  if (bare && out.ends_with('=')) out += ' ';
  out += escape_conf_value(value);
  if (bare) out += ' ';
  return out.append(line.substr(bare ? line.size() - parts.comment.size() : parts.value_offset + parts.value.size()));
}

std::string append_line(std::string text, const std::string& line) {
  const std::string line_end = text.find("\r\n") != std::string::npos ? "\r\n" : "\n";
  if (!text.empty() && !text.ends_with('\n')) text += line_end;
  return text + line + line_end;
}

void set_in_conf(const std::string& path, std::string_view prefixes, std::string_view key, std::string_view value) {
  std::string text = read_file(path, kMaxFile);
  const SettingFile file = parse_conf(text, path);
  if (const SettingEntry* entry = find_last(file, key_spellings(prefixes, key))) {
    const Line line = find_line(text, entry->line);
    text.replace(line.begin, line.end - line.begin,
                 replace_conf_value(std::string_view(text).substr(line.begin, line.end - line.begin), value));
  } else {
    text = append_line(std::move(text),
                       fmt::format("{}{} = {}", prefix_in_use(file, prefixes), key, escape_conf_value(value)));
  }
  replace_file(path, text);
}

// A dotted key at the top counts as much as nested maps.
std::string append_yaml(std::string text, const SettingFile& file, const std::string& line) {
  for (const SettingEntry& entry : file.entries) {
    const bool top = entry.key.find('.') == std::string::npos;
    if (top && entry.column > 0) throw Error(Errc::bad_config, fmt::format("cannot add '{}': write it by hand", line));
  }
  return append_line(std::move(text), line);
}

void set_in_yaml(const std::string& path, std::string_view prefixes, std::string_view key, std::string_view value) {
  std::string text = read_file(path, kMaxFile);
  const SettingFile file = parse_yaml(text, path);
  if (!file.problems.empty()) throw Error(Errc::bad_config, to_string(file.problems.front()));
  const SettingEntry* entry = find_last(file, key_spellings(prefixes, key));
  if (!entry) {
    replace_file(path, append_yaml(std::move(text), file, fmt::format("{}: {}", key, quote_yaml(value))));
    return;
  }
  if (entry->file != path) text = read_file(entry->file, kMaxFile);
  const Line line = find_line(text, entry->line);
  text.replace(line.begin, line.end - line.begin,
               replace_yaml_value(std::string_view(text).substr(line.begin, line.end - line.begin), entry->column, value));
  replace_file(entry->file, text);
}

}  // namespace

void set_key(const std::string& path, std::string_view prefixes, std::string_view key, std::string_view value) {
  const bool broken = std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (broken) throw Error(Errc::bad_config, fmt::format("set {}: a value cannot contain control characters", key));
  if (is_yaml_name(path)) {
    set_in_yaml(path, prefixes, key, value);
  } else {
    set_in_conf(path, prefixes, key, value);
  }
}

}  // namespace agent
