#include "base/yaml_edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "agent/error.hpp"
#include "base/trim.hpp"

namespace agent {
namespace {

[[noreturn]] void fail(std::string_view line) {
  throw Error(Errc::bad_config, fmt::format("cannot set a value in '{}': write it by hand", trim(line)));
}

// The position behind the closing quote of the quoted text that begins at `at`.
std::size_t quoted_end(std::string_view line, std::size_t at) {
  const char quote = line[at];
  for (std::size_t i = at + 1; i < line.size(); ++i) {
    if (quote == '"' && line[i] == '\\') {
      ++i;
    } else if (line[i] == quote) {
      if (quote == '"' || i + 1 >= line.size() || line[i + 1] != quote) return i + 1;
      ++i;  // '' is one quote
    }
  }
  fail(line);
}

// The end of the plain text that begins at `at`: before " #", and in `{a: b}` before a separator.
std::size_t plain_end(std::string_view line, std::size_t at, bool flow) {
  std::size_t end = at;
  while (end < line.size()) {
    const bool comment = line[end] == '#' && (line[end - 1] == ' ' || line[end - 1] == '\t');
    if (comment || (flow && (line[end] == ',' || line[end] == '}'))) break;
    ++end;
  }
  return at + trim(line.substr(at, end - at)).size();
}

std::size_t value_offset(std::string_view line, std::size_t key) {
  if (key >= line.size()) fail(line);
  const bool quoted = line[key] == '"' || line[key] == '\'';
  const std::size_t colon = line.find(':', quoted ? quoted_end(line, key) : key);
  if (colon == std::string_view::npos) fail(line);
  return std::min(line.find_first_not_of(" \t", colon + 1), line.size());
}

}  // namespace

std::string replace_yaml_value(std::string_view line, int column, std::string_view value) {
  const std::size_t key = static_cast<std::size_t>(std::max(column, 0));
  const std::size_t begin = value_offset(line, key);
  const bool flow = line.substr(0, key).find('{') != std::string_view::npos;
  const char first = begin < line.size() ? line[begin] : '\n';
  if (std::string_view("|>[{&*!").find(first) != std::string_view::npos) fail(line);

  const bool quoted = first == '"' || first == '\'';
  const bool empty = first == '\n' || first == '\r' || first == '#';
  const std::size_t end = quoted ? quoted_end(line, begin) : empty ? begin : plain_end(line, begin, flow);
  std::string out(line.substr(0, begin));
  if (out.ends_with(':')) out += ' ';
  out += quote_yaml(value);
  if (first == '#') out += ' ';
  return out.append(line.substr(end));
}

std::string quote_yaml(std::string_view value) {
  const bool plain = !value.empty() &&
                     (std::isalnum(static_cast<unsigned char>(value[0])) || value[0] == '/') &&
                     std::all_of(value.begin(), value.end(), [](char c) {
                       return std::isalnum(static_cast<unsigned char>(c)) ||
                              std::string_view("-_./+@").find(c) != std::string_view::npos;
                     });
  if (plain) return std::string(value);
  std::string quoted = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace agent
