#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "agent/json.hpp"
#include "base/utf8.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace agent::json {
namespace {

// Holds a control message without growing.
constexpr std::size_t kFirstCapacity = 256;

constexpr std::uint64_t repeat(std::uint64_t byte) { return byte * 0x0101010101010101; }

// Whether one of eight bytes needs more than a copy: below 0x20, above 0x7F, '"' or '\'.
bool has_special(std::uint64_t word) {
  auto zero_byte = [](std::uint64_t x) { return (x - repeat(1)) & ~x; };
  const std::uint64_t control = (word - repeat(0x20)) & ~word;
  return ((control | zero_byte(word ^ repeat('"')) | zero_byte(word ^ repeat('\\')) | word) & repeat(0x80)) !=
         0;
}

constexpr auto kSpecial = [] {
  std::array<bool, 256> special{};
  for (std::size_t byte = 0; byte < special.size(); ++byte)
    special[byte] = byte < 0x20 || byte > 0x7F || byte == '"' || byte == '\\';
  return special;
}();

bool is_special(char c) { return kSpecial[static_cast<unsigned char>(c)]; }

// Bytes at the front of `text` that stand for themselves.
std::size_t unescaped_prefix_size(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t word; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if (has_special(word)) break;
  }
  while (at < text.size() && !is_special(text[at])) ++at;
  return at;
}

void append_control(std::string& out, unsigned char byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (byte) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
  }
}

// Appends the special character that `text` begins with; returns its size in `text`.
std::size_t append_special(std::string& out, std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  if (byte < 0x20) {
    append_control(out, byte);
    return 1;
  }
  if (byte < 0x80) {
    out += '\\';
    out += text[0];
    return 1;
  }
  const std::size_t size = utf8_sequence_size(text);
  out += size == 0 ? kReplacementCharacter : text.substr(0, size);
  return size == 0 ? 1 : size;
}

// Longer ones go the long way.
constexpr std::size_t kShortText = 48;
constexpr std::size_t kBlock = 16;

#ifdef __SSE2__
// Whether one of the first `size` of sixteen bytes is special. Bytes above 0x7F are negative, so less than
// 0x20.
bool any_special(const char* bytes, std::size_t size) {
  const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  const __m128i outside = _mm_cmplt_epi8(text, _mm_set1_epi8(0x20));
  const __m128i quotes = _mm_cmpeq_epi8(text, _mm_set1_epi8('"'));
  const __m128i backslashes = _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'));
  const auto found =
      static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(outside, _mm_or_si128(quotes, backslashes))));
  return (found & ((1U << std::min(size, kBlock)) - 1)) != 0;
}
#else
bool any_special(const char* bytes, std::size_t size) {
  return std::any_of(bytes, bytes + std::min(size, kBlock), is_special);
}
#endif

// Names and most values are short and plain: what stands around them is appended with them, at once. False
// when it is neither.
bool append_short(std::string& out, bool comma, std::string_view text, bool is_key) {
  if (text.size() > kShortText) return false;
  std::array<char, kShortText + kBlock> piece;  // of which the last block may be read whole
  char* end = piece.data();
  if (comma) *end++ = ',';
  *end++ = '"';
  text.copy(end, text.size());
  for (std::size_t at = 0; at < text.size(); at += kBlock)
    if (any_special(end + at, text.size() - at)) return false;
  end += text.size();
  *end++ = '"';
  if (is_key) *end++ = ':';
  out.append(piece.data(), static_cast<std::size_t>(end - piece.data()));
  return true;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    const std::size_t plain = unescaped_prefix_size(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    text.remove_prefix(append_special(out, text));
  }
  out += '"';
}

template <class Integer>
void append_integer(std::string& out, bool comma, Integer value) {
  std::array<char, 24> piece;
  char* digits = piece.data();
  if (comma) *digits++ = ',';
  const char* const end = std::to_chars(digits, piece.data() + piece.size(), value).ptr;
  out.append(piece.data(), static_cast<std::size_t>(end - piece.data()));
}

// With an exponent only outside of 1e-6 … 1e21, as Go and JavaScript do.
template <class Float>
void append_float(std::string& out, Float value) {
  if (!std::isfinite(value)) value = 0;
  const Float size = std::abs(value);
  const bool plain = size == 0 || (size >= Float{1e-6F} && size < Float{1e21F});
  std::array<char, 64> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                          plain ? std::chars_format::fixed : std::chars_format::scientific)
                                .ptr);
}

}  // namespace

Writer::Writer() { text_.reserve(kFirstCapacity); }

void Writer::separate() {
  if (comma_) text_ += ',';
  comma_ = true;
}

Writer& Writer::open(char bracket) {
  separate();
  text_ += bracket;
  comma_ = false;
  ++depth_;
  return *this;
}

Writer& Writer::close(char bracket) {
  assert(depth_ > 0);
  text_ += bracket;
  comma_ = true;
  --depth_;
  return *this;
}

Writer& Writer::begin_object() { return open('{'); }
Writer& Writer::end_object() { return close('}'); }
Writer& Writer::begin_array() { return open('['); }
Writer& Writer::end_array() { return close(']'); }

Writer& Writer::key(std::string_view name) {
  if (!append_short(text_, comma_, name, true)) {
    separate();
    append_quoted(text_, name);
    text_ += ':';
  }
  comma_ = false;
  return *this;
}

Writer& Writer::null() { return raw("null"); }
Writer& Writer::boolean(bool value) { return raw(value ? "true" : "false"); }

Writer& Writer::integer(std::int64_t value) {
  append_integer(text_, std::exchange(comma_, true), value);
  return *this;
}

Writer& Writer::unsigned_integer(std::uint64_t value) {
  append_integer(text_, std::exchange(comma_, true), value);
  return *this;
}

Writer& Writer::number(double value) {
  separate();
  append_float(text_, value);
  return *this;
}

Writer& Writer::number(float value) {
  separate();
  append_float(text_, value);
  return *this;
}

Writer& Writer::string(std::string_view value) {
  if (!append_short(text_, comma_, value, false)) {
    separate();
    append_quoted(text_, value);
  }
  comma_ = true;
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

std::string Writer::take() {
  assert(depth_ == 0);
  comma_ = false;
  return std::exchange(text_, {});
}

}  // namespace agent::json
