// Passing over JSON, as fast as a check of its form can be. Each function takes the place where something
// begins and gives the place behind it, or nullptr: it is not what it should be. Texts end with a NUL, which
// nothing accepts, so that no step looks beyond it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace agent::json {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
// Neither quote nor backslash nor control character.
inline bool is_plain(char c) { return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20; }

inline const char* skip_blanks(const char* at) {
  while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t') ++at;
  return at;
}

#ifdef __SSE2__
// The first character that is not plain, as far as there are sixteen at a time.
inline const char* skip_plain_blocks(const char* at, const char* end) {
  constexpr std::ptrdiff_t kBlock = 16;
  for (; end - at >= kBlock; at += kBlock) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i quotes = _mm_cmpeq_epi8(text, _mm_set1_epi8('"'));
    const __m128i backslashes = _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1F)), text);
    const __m128i others = _mm_or_si128(_mm_or_si128(quotes, backslashes), controls);
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(others));
    if (found != 0) return at + std::countr_zero(found);
  }
  return at;
}
#else
inline const char* skip_plain_blocks(const char* at, const char*) { return at; }
#endif

// Never nullptr.
inline const char* skip_plain(const char* at, const char* end) {
  at = skip_plain_blocks(at, end);
  while (is_plain(*at)) ++at;
  return at;
}

// Behind the backslash.
inline const char* skip_escape(const char* at) {
  if (*at == '\0') return nullptr;
  if (*at != 'u') return std::strchr("\"\\/bfnrt", *at) != nullptr ? at + 1 : nullptr;
  ++at;
  for (int i = 0; i < 4; ++i)
    if (!is_hex(*at++)) return nullptr;
  return at;
}

// Behind its first quote.
inline const char* skip_string(const char* at, const char* end) {
  for (;;) {
    at = skip_plain(at, end);
    if (*at == '"') return at + 1;
    if (*at != '\\') return nullptr;
    at = skip_escape(at + 1);
    if (at == nullptr) return nullptr;
  }
}

inline const char* skip_digits(const char* at) {
  if (!is_digit(*at)) return nullptr;
  while (is_digit(*at)) ++at;
  return at;
}

inline const char* skip_number(const char* at) {
  if (*at == '-') ++at;
  at = *at == '0' ? at + 1 : skip_digits(at);
  if (at != nullptr && *at == '.') at = skip_digits(at + 1);
  if (at == nullptr || (*at != 'e' && *at != 'E')) return at;
  ++at;
  if (*at == '+' || *at == '-') ++at;
  return skip_digits(at);
}

inline const char* skip_word(const char* at, const char* letters) {
  for (; *letters != '\0'; ++letters, ++at)
    if (*at != *letters) return nullptr;
  return at;
}

// Any value but arrays and objects.
inline const char* skip_scalar(const char* at, const char* end) {
  switch (*at) {
    case '"': return skip_string(at + 1, end);
    case 't': return skip_word(at, "true");
    case 'f': return skip_word(at, "false");
    case 'n': return skip_word(at, "null");
    default: return skip_number(at);
  }
}

// A member's colon, and blanks on both sides.
inline const char* skip_colon(const char* at) {
  at = skip_blanks(at);
  return *at == ':' ? skip_blanks(at + 1) : nullptr;
}

// From a member's first quote to its value.
inline const char* skip_key(const char* at, const char* end) {
  if (*at != '"') return nullptr;
  at = skip_string(at + 1, end);
  return at == nullptr ? nullptr : skip_colon(at);
}

// Any value, which may open `levels` levels (at most 64).
const char* skip_value(const char* at, const char* end, int levels);

}  // namespace agent::json
