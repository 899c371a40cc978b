#include "base/json_repair.hpp"

#include <charconv>

#include <fmt/format.h>

#include "agent/error.hpp"
#include "base/utf8.hpp"

namespace agent::json {
namespace {

constexpr std::size_t kEscapeSize = 6;  // \uXXXX

// The code unit of the \uXXXX escape that the text begins with; 0 when it begins with none.
unsigned escaped_unit(std::string_view text) {
  if (text.size() < kEscapeSize || text[0] != '\\' || text[1] != 'u') return 0;
  unsigned unit = 0;
  const char* end = text.data() + kEscapeSize;
  return std::from_chars(text.data() + 2, end, unit, 16).ptr == end ? unit : 0;
}

bool is_high(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

bool has_surrogate_escape(std::string_view text) {
  for (auto at = text.find('\\'); at != text.npos; at = text.find('\\', at + 2)) {
    const unsigned unit = escaped_unit(text.substr(at));
    if (is_high(unit) || is_low(unit)) return true;
  }
  return false;
}

// Each of these appends what stands at the front of the text and returns how much that was.

std::size_t append_escape(std::string& out, std::string_view text) {
  const unsigned unit = escaped_unit(text);
  const bool pair = is_high(unit) && is_low(escaped_unit(text.substr(kEscapeSize)));
  if (!pair && (is_high(unit) || is_low(unit))) {
    out += kReplacementCharacter;
    return kEscapeSize;
  }
  const std::string_view kept = text.substr(0, pair ? 2 * kEscapeSize : 2);
  out += kept;
  return kept.size();
}

std::size_t append_character(std::string& out, std::string_view text) {
  const std::size_t size = utf8_sequence_size(text);
  out += size == 0 ? kReplacementCharacter : text.substr(0, size);
  return size == 0 ? 1 : size;
}

void refuse_control_characters(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r') continue;
    throw Error(Errc::bad_message, fmt::format("JSON: offset {}: control character {:#04x}", at, byte));
  }
}

std::string repaired(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    text.remove_prefix(text[0] == '\\' ? append_escape(out, text) : append_character(out, text));
  }
  return out;
}

}  // namespace

void repair(std::string& text) {
  const std::size_t plain = plain_prefix_size(text);
  refuse_control_characters(text, plain);
  const bool valid = is_utf8(std::string_view(text).substr(plain));
  if (!valid || has_surrogate_escape(text)) text = repaired(text);
}

}  // namespace agent::json
