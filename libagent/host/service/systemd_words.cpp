#include "host/service/systemd_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/error.hpp"
#include "base/utf8.hpp"
#include "host/service/spec.hpp"

namespace agent::host {
namespace {

constexpr unsigned kFirstWithProgramSpecifiers = 239;
// Before, "$$" at the beginning of a word was taken for a variable of the name "$".
constexpr unsigned kFirstWithLeadingDollar = 230;

bool is_plain(char c) {
  constexpr std::string_view kPlain = "/._-+,:@=~^";
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || static_cast<unsigned char>(c) >= 0x80 || kPlain.find(c) != std::string_view::npos;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

[[noreturn]] void refuse(std::string_view what, std::string_view text, const std::string& why) {
  std::string shown(text);
  std::replace_if(shown.begin(), shown.end(), is_control, '?');
  throw Error(Errc::bad_config, fmt::format("{} '{}': systemd {}", what, shown, why));
}

void check_utf8(std::string_view what, std::string_view text) {
  if (is_utf8(text)) return;
  std::size_t at = 0;
  while (const std::size_t size = utf8_sequence_size(text.substr(at))) at += size;
  refuse(what, text, fmt::format("takes only UTF-8, and {} is none", name_of_character(text[at])));
}

std::string escaped(char c) { return fmt::format("\\x{:02x}", static_cast<unsigned char>(c)); }

// Bytes of a line of a unit file: LINE_MAX of POSIX at first, 1 MiB since 235 (LONG_LINE_MAX).
std::size_t longest_line(unsigned version) { return version < 235 ? 2047 : (std::size_t{1} << 20) - 1; }

}  // namespace

void check_line(std::string_view line, unsigned version) {
  if (line.size() <= longest_line(version)) return;
  refuse("command", line.substr(0, 60),
         fmt::format("{} reads lines of at most {} bytes, and its line has {}", version,
                     longest_line(version), line.size()));
}

std::string systemd_program(std::string_view path, unsigned version) {
  constexpr std::string_view kWhat = "program";
  check_utf8(kWhat, path);
  std::string out;
  for (char c : path) {
    if (c == '"' || c == '\'' || c == '\\' || is_control(c)) {
      refuse(kWhat, path, "cannot run a program with " + name_of_character(c) + " in its path");
    }
    if (c == '%' && version < kFirstWithProgramSpecifiers) {
      refuse(kWhat, path,
             fmt::format("{} cannot run a program with {} in its path", version, name_of_character(c)));
    }
    if (c == '%') {
      out += "%%";
    } else if (c == '$' || is_plain(c)) {
      out += c;
    } else {
      out += escaped(c);
    }
  }
  return out;
}

std::string systemd_argument(std::string_view argument, unsigned version) {
  check_utf8("argument", argument);
  if (argument.starts_with('$') && version < kFirstWithLeadingDollar) {
    refuse("argument", argument, fmt::format("{} cannot pass an argument that begins with '$'", version));
  }
  if (!argument.empty() && std::all_of(argument.begin(), argument.end(), is_plain))
    return std::string(argument);
  std::string out = "\"";
  for (char c : argument) {
    if (c == '%' || c == '$') {
      out.append(2, c);
    } else if (is_plain(c) || c == ' ') {
      out += c;
    } else {
      out += escaped(c);
    }
  }
  return out + '"';
}

std::optional<std::string> systemd_path(std::string_view path) {
  const auto is_good = [](char c) { return (is_plain(c) && c != ':') || c == ' '; };
  if (!is_utf8(path) || !std::all_of(path.begin(), path.end(), is_good)) return std::nullopt;
  return path.find(' ') == std::string_view::npos ? fmt::format("-{}", path) : fmt::format("\"-{}\"", path);
}

std::string systemd_text(std::string_view text) {
  std::string out;
  for (char c : text) out.append(c == '%' ? 2 : 1, c);
  if (out.ends_with('\\')) out += ' ';  // would join the next line
  return out;
}

}  // namespace agent::host
