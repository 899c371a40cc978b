// conf_file: the key = value format of the originals (reference agent behaviour, section 4).
//
// One `key = value` a line, split at the first '='; blanks around both are dropped. '#' with at least one
// character behind it starts a comment, anywhere; `\#` is a literal '#' (our addition). No quoting, no
// continuation lines. LF or CRLF; a byte order mark is skipped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/setting_file.hpp"

namespace agent {

inline constexpr std::size_t kMaxConfLine = std::size_t{1} << 20;

SettingFile parse_conf(std::string_view text, const std::string& file);

// The parts of one line without its line end; views into the line. value_offset is where the value
// begins or would begin.
struct ConfLine {
  std::string_view key;
  std::string_view value;    // `\#` still escaped
  std::string_view comment;  // with its '#'; "" without one
  std::size_t value_offset = 0;
};
// nullopt when there is no '=' before the comment.
std::optional<ConfLine> split_conf_line(std::string_view line);

std::string escape_conf_value(std::string_view value);
std::string unescape_conf_value(std::string_view value);

}  // namespace agent
