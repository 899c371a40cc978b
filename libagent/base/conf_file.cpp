#include "base/conf_file.hpp"

#include <fmt/format.h>

#include "base/trim.hpp"

namespace agent {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Where the comment begins. A '#' that ends the line is no comment: originals keep it.
std::size_t comment_offset(std::string_view line) {
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || line[i - 1] != '\\')) return i;
  }
  return line.size();
}

class ConfParser {
 public:
  explicit ConfParser(const std::string& file) : file_(file) {}

  void add_line(std::string_view line) {
    ++number_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > kMaxConfLine) {
      problem(fmt::format("line is {} bytes long, at most {} are read", line.size(), kMaxConfLine));
      return;
    }
    const std::string_view content = trim(line.substr(0, comment_offset(line)));
    if (content.empty() || content == "#") return;
    const auto parts = split_conf_line(line);
    if (!parts) {
      problem("invalid row format, expected key = value");
    } else if (parts->key.empty()) {
      problem("there is no key before '='");
    } else {
      add_entry(*parts);
    }
  }

  SettingFile take() { return std::move(out_); }

 private:
  void add_entry(const ConfLine& parts) {
    out_.entries.push_back({std::string(parts.key), unescape_conf_value(parts.value), file_, number_});
    const bool cut = !parts.comment.empty() && !parts.value.empty() &&
                     parts.value.data() + parts.value.size() == parts.comment.data();
    if (cut) {
      out_.warnings.push_back(
          {file_, number_,
           fmt::format("{}: the value ends before '#'; write \\# to make it part of it", parts.key)});
    }
  }

  void problem(std::string text) { out_.problems.push_back({file_, number_, std::move(text)}); }

  std::string file_;
  int number_ = 0;
  SettingFile out_;
};

}  // namespace

std::optional<ConfLine> split_conf_line(std::string_view line) {
  const std::size_t comment = comment_offset(line);
  const std::string_view content = line.substr(0, comment);
  const std::size_t equals = content.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  ConfLine parts;
  parts.key = trim(content.substr(0, equals));
  parts.value = trim(content.substr(equals + 1));
  parts.comment = line.substr(comment);
  parts.value_offset = static_cast<std::size_t>(parts.value.data() - line.data());
  return parts;
}

std::string escape_conf_value(std::string_view value) {
  std::string text;
  for (char c : value) {
    if (c == '#') text += '\\';
    text += c;
  }
  return text;
}

std::string unescape_conf_value(std::string_view value) {
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size() && value[i + 1] == '#') continue;
    text += value[i];
  }
  return text;
}

SettingFile parse_conf(std::string_view text, const std::string& file) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  ConfParser parser(file);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    parser.add_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parser.take();
}

}  // namespace agent
