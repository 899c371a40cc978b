#include "agentctl/safe_text.hpp"

#include <fmt/format.h>
#include <wchar.h>

#include <cstdint>

#include "base/utf8.hpp"

namespace agentctl {
namespace {

std::uint32_t code_point(std::string_view sequence) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(sequence[i]));
  };
  switch (sequence.size()) {
    case 1: return byte(0);
    case 2: return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
    case 3: return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    default:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  }
}

bool is_control(std::uint32_t point) { return point < 0x20 || (point >= 0x7F && point < 0xA0); }

// Marks that change the direction of what follows, and line and paragraph separators.
bool is_misleading(std::uint32_t point) {
  return point == 0x061C || point == 0x200E || point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

std::string shown(std::uint32_t point) {
  switch (point) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return point < 0x100 ? fmt::format("\\x{:02x}", point) : fmt::format("\\u{:04x}", point);
  }
}

std::string made_safe(std::string_view text, bool keeps_tabs) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = agent::plain_prefix_size(text);
    const std::size_t deleted = text.substr(0, plain).find('\x7F');
    const std::size_t harmless = deleted == std::string_view::npos ? plain : deleted;
    out += text.substr(0, harmless);
    text.remove_prefix(harmless);
    if (text.empty()) break;
    const std::size_t size = agent::utf8_sequence_size(text);
    if (size == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    const std::uint32_t point = code_point(text.substr(0, size));
    const bool stays = keeps_tabs && point == '\t';
    out += !stays && (is_control(point) || is_misleading(point)) ? shown(point)
                                                                 : std::string(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

// Without a locale of UTF-8 the system knows no widths.
std::size_t width_of(std::uint32_t point) {
  if (point < 0x7F) return 1;
  const int width = ::wcwidth(static_cast<wchar_t>(point));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

std::string safe_text(std::string_view text) { return made_safe(text, false); }
std::string safe_line(std::string_view line) { return made_safe(line, true); }

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const std::size_t size = std::max<std::size_t>(1, agent::utf8_sequence_size(text));
    columns += width_of(code_point(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return columns;
}

std::string cut_to_columns(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t size = std::max<std::size_t>(1, agent::utf8_sequence_size(text.substr(end)));
    const std::size_t width = width_of(code_point(text.substr(end, size)));
    if (used + width > columns - 1) break;
    used += width;
    end += size;
  }
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace agentctl
