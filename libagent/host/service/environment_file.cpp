#include "host/service/environment_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/trim.hpp"

namespace agent::host {
namespace {

// `take` gets each line, trimmed, and its number from 1.
template <class Take>
void for_each_line(std::string_view text, Take take) {
  int number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    take(trim(text.substr(begin, end - begin)), ++number);
    begin = end + 1;
  }
}

bool is_comment(std::string_view line) { return line.empty() || line.front() == '#' || line.front() == ';'; }

std::string_view without_quotes(std::string_view value) {
  const bool quoted =
      value.size() > 1 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

// What is wrong with a line, "" for nothing.
std::string fault_of(std::string_view line) {
  if (is_comment(line)) return {};
  if (line.starts_with("export ") || line.starts_with("export\t")) {
    return "systemd does not know 'export' and ignores the line; write NAME=value";
  }
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return "systemd ignores it; want NAME=value";
  const std::string_view value = trim(line.substr(equals + 1));
  const bool is_literal = value.size() > 1 && value.front() == '\'' && value.back() == '\'';
  if (!is_literal && value.find_first_of("$`") != std::string_view::npos) {
    return fmt::format(
        "systemd does not expand the value of {} and passes it on as it is; write it out, or "
        "between single quotes if that is meant",
        trim(line.substr(0, equals)));
  }
  return {};
}

}  // namespace

std::vector<std::string> check_environment_file(std::string_view text, std::string_view path) {
  std::vector<std::string> out;
  for_each_line(text, [&](std::string_view line, int number) {
    const std::string fault = fault_of(line);
    if (!fault.empty()) out.push_back(fmt::format("{}: line {}: {}", path, number, fault));
  });
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_environment_file(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  for_each_line(text, [&out](std::string_view line, int) {
    const std::size_t equals = line.find('=');
    if (is_comment(line) || equals == std::string_view::npos) return;
    out.emplace_back(trim(line.substr(0, equals)), without_quotes(trim(line.substr(equals + 1))));
  });
  return out;
}

}  // namespace agent::host
