#include "host/service/spec.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/error.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kMaxName = 200;  // "<name>.service.XXXXXX" must be a file name of 255 bytes

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_character(char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; }

// A name or a path as messages show it: it may be a long one.
std::string shown(std::string_view text) {
  constexpr std::size_t kMaxShown = 80;
  std::string out;
  for (char c : text.substr(0, kMaxShown)) out += is_control(c) ? '?' : c;
  return text.size() > kMaxShown ? out + "…" : out;
}

[[noreturn]] void refuse(std::string_view what, std::string_view text, const std::string& why) {
  throw Error(Errc::bad_config, fmt::format("{} '{}': {}", what, shown(text), why));
}

void check_path(std::string_view what, std::string_view path) {
  if (!path.starts_with('/')) refuse(what, path, "a relative path; want an absolute one");
  if (path.find('\0') != std::string_view::npos) refuse(what, path, "contains a NUL");
}

}  // namespace

std::string name_of_character(char c) {
  if (c == ' ') return "a blank";
  if (c == '\n') return "a newline";
  if (c == '\t') return "a tab";
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte >= 0x7f) return fmt::format("the byte 0x{:02x}", byte);
  return fmt::format("the character {}", c == '\'' ? "\"'\"" : fmt::format("'{}'", c));
}

void check_service_name(std::string_view name) {
  constexpr std::string_view kWhat = "service name";
  if (name.empty()) refuse(kWhat, name, "is empty");
  if (name.size() > kMaxName) refuse(kWhat, name, fmt::format("has more than {} bytes", kMaxName));
  const auto bad = std::find_if_not(name.begin(), name.end(), is_name_character);
  if (bad != name.end()) {
    refuse(kWhat, name, name_of_character(*bad) + " is not allowed; want letters, digits, '-', '_' and '.'");
  }
  if (!is_letter_or_digit(name.front())) refuse(kWhat, name, "must begin with a letter or a digit");
}

void check_service_spec(const ServiceSpec& spec) {
  check_service_name(spec.name);
  if (std::any_of(spec.description.begin(), spec.description.end(), is_control)) {
    refuse("description", spec.description, "must be one line");
  }
  check_path("program", spec.program);
  for (const std::string& path : spec.writable) check_path("directory", path);
  for (const std::string& path : spec.readable) check_path("file", path);
  for (const std::string& argument : spec.arguments) {
    if (argument.find('\0') != std::string::npos) refuse("argument", argument, "contains a NUL");
  }
}

}  // namespace agent::host
