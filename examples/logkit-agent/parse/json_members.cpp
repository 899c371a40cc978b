#include "json_members.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "plain_text.hpp"

namespace logkit {
namespace {

// Up to here repeated names are found by looking at all others.
constexpr std::size_t kFewFields = 32;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

const char* skip_blanks(const char* at, const char* end) {
  while (at != end && is_blank(*at)) ++at;
  return at;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four digits behind "\u"; -1: they are none.
int hex_number(const char* at, const char* end) {
  if (end - at < 4) return -1;
  int number = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    number = number * 16 + digit;
  }
  return number;
}

// Behind the backslash.
const char* skip_escape(const char* at, const char* end) {
  if (at == end) return nullptr;
  if (*at == 'u') return hex_number(at + 1, end) < 0 ? nullptr : at + 5;
  return std::strchr("\"\\/bfnrt", *at) != nullptr && *at != '\0' ? at + 1 : nullptr;
}

// Behind the first quote. `escapes`: whether there are any.
const char* skip_string(const char* at, const char* end, bool& escapes) {
  while (at != end) {
    at += plain_size(at, static_cast<std::size_t>(end - at));
    if (at == end) break;
    const char c = *at;
    if (c == '"') return at + 1;
    if (static_cast<unsigned char>(c) < 0x20) return nullptr;
    ++at;
    if (c != '\\') continue;
    escapes = true;
    at = skip_escape(at, end);
    if (at == nullptr) return nullptr;
  }
  return nullptr;
}

const char* skip_digits(const char* at, const char* end) {
  if (at == end || !is_digit(*at)) return nullptr;
  while (at != end && is_digit(*at)) ++at;
  return at;
}

const char* skip_number(const char* at, const char* end) {
  if (at != end && *at == '-') ++at;
  if (at == end) return nullptr;
  at = *at == '0' ? at + 1 : skip_digits(at, end);
  if (at != nullptr && at != end && *at == '.') at = skip_digits(at + 1, end);
  if (at == nullptr || at == end || (*at != 'e' && *at != 'E')) return at;
  ++at;
  if (at != end && (*at == '+' || *at == '-')) ++at;
  return skip_digits(at, end);
}

const char* skip_word(const char* at, const char* end, std::string_view word) {
  return std::string_view(at, static_cast<std::size_t>(end - at)).starts_with(word) ? at + word.size()
                                                                                    : nullptr;
}

const char* skip_colon(const char* at, const char* end) {
  at = skip_blanks(at, end);
  return at != end && *at == ':' ? at + 1 : nullptr;
}

const char* skip_key(const char* at, const char* end) {
  bool escapes = false;
  at = skip_blanks(at, end);
  if (at == end || *at != '"') return nullptr;
  at = skip_string(at + 1, end, escapes);
  return at == nullptr ? nullptr : skip_colon(at, end);
}

// Behind the opening bracket of an array or object.
const char* skip_items(const char* at, const char* end, char close, int depth) {
  at = skip_blanks(at, end);
  if (at != end && *at == close) return at + 1;
  for (;;) {
    if (close == '}') at = skip_key(at, end);
    if (at != nullptr) at = skip_json(at, end, depth);
    if (at == nullptr) return nullptr;
    at = skip_blanks(at, end);
    if (at == end) return nullptr;
    if (*at == close) return at + 1;
    if (*at++ != ',') return nullptr;
  }
}

void append_utf8(char*& out, std::uint32_t code) {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr std::array<unsigned, 4> kLead{0, 0xC0, 0xE0, 0xF0};
  *out++ = static_cast<char>(kLead[static_cast<std::size_t>(more)] | (code >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) *out++ = static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F));
}

// `at` is behind "\u"; moves behind the digits, of both halves of a pair.
std::uint32_t take_code(const char*& at, const char* end) {
  auto code = static_cast<std::uint32_t>(hex_number(at, end));
  at += 4;
  if (code < 0xD800 || code > 0xDFFF) return code;
  if (code > 0xDBFF || end - at < 6 || at[0] != '\\' || at[1] != 'u') return 0xFFFD;
  const auto low = static_cast<std::uint32_t>(hex_number(at + 2, end));
  if (low < 0xDC00 || low > 0xDFFF) return 0xFFFD;
  at += 6;
  return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

char unescaped(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

// A string from behind its first quote; moves behind its last one.
bool take_string(const char*& at, const char* end, Record& record, std::string_view& text) {
  bool escapes = false;
  const char* const begin = at;
  at = skip_string(at, end, escapes);
  if (at == nullptr) return false;
  text = {begin, static_cast<std::size_t>(at - 1 - begin)};
  if (escapes) text = unescape_json(text, record.arena());
  return true;
}

// Line ends of a JSON value are blanks: strings have none.
std::string_view one_line(std::string_view text, Arena& arena) {
  char* const begin = arena.take(text.size());
  std::replace_copy_if(
      text.begin(), text.end(), begin, [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return {begin, text.size()};
}

bool take_value(const char*& at, const char* end, Record& record, Value& value) {
  at = skip_blanks(at, end);
  if (at == end) return false;
  if (*at == '"') return take_string(++at, end, record, value.text);
  const char* const begin = at;
  at = skip_json(at, end, kMaxJsonDepth - 1);
  if (at == nullptr) return false;
  value = {{begin, static_cast<std::size_t>(at - begin)}, true};
  if (value.text.find_first_of("\r\n") != std::string_view::npos)
    value.text = one_line(value.text, record.arena());
  return true;
}

bool take_member(const char*& at, const char* end, Record& record) {
  at = skip_blanks(at, end);
  if (at == end || *at++ != '"') return false;
  std::string_view key;
  if (!take_string(at, end, record, key)) return false;
  at = skip_colon(at, end);
  Value value;
  if (at == nullptr || !take_value(at, end, record, value)) return false;
  if (record.fields().size() < kFewFields)
    record.set(key, value);
  else
    record.add(key, value);
  return true;
}

// The last value of a repeated name stays, in the place of the first.
void drop_repeated(std::vector<Field>& fields) {
  std::unordered_map<std::string_view, std::size_t> places;
  std::size_t kept = 0;
  for (const Field& field : fields) {
    const auto [place, is_new] = places.try_emplace(field.key, kept);
    fields[place->second] = field;
    if (is_new) ++kept;
  }
  fields.resize(kept);
}

bool finish(Record& record, bool is_right) {
  if (is_right && record.fields().size() > kFewFields) drop_repeated(record.change());
  return is_right;
}

bool is_end(const char* at, const char* end) { return skip_blanks(at, end) == end; }

}  // namespace

const char* skip_json(const char* at, const char* end, int depth) {
  at = skip_blanks(at, end);
  if (at == end) return nullptr;
  bool escapes = false;
  switch (*at) {
    case '"': return skip_string(at + 1, end, escapes);
    case 't': return skip_word(at, end, "true");
    case 'f': return skip_word(at, end, "false");
    case 'n': return skip_word(at, end, "null");
    case '{': return depth > 0 ? skip_items(at + 1, end, '}', depth - 1) : nullptr;
    case '[': return depth > 0 ? skip_items(at + 1, end, ']', depth - 1) : nullptr;
    default: return skip_number(at, end);
  }
}

bool add_json_members(std::string_view text, Record& record) {
  const char* const end = text.data() + text.size();
  const char* at = skip_blanks(text.data(), end);
  if (at == end || *at++ != '{') return false;
  at = skip_blanks(at, end);
  if (at != end && *at == '}') return is_end(at + 1, end);
  for (;;) {
    if (!take_member(at, end, record)) return false;
    at = skip_blanks(at, end);
    if (at == end) return false;
    const char c = *at++;
    if (c == '}') return finish(record, is_end(at, end));
    if (c != ',') return false;
  }
}

std::string_view unescape_json(std::string_view inner, Arena& arena) {
  char* const begin = arena.take(inner.size());
  char* out = begin;
  const char* const end = inner.data() + inner.size();
  for (const char* at = inner.data(); at != end;) {
    if (*at != '\\') {
      *out++ = *at++;
    } else if (at[1] == 'u') {
      at += 2;
      append_utf8(out, take_code(at, end));
    } else {
      *out++ = unescaped(at[1]);
      at += 2;
    }
  }
  return {begin, static_cast<std::size_t>(out - begin)};
}

}  // namespace logkit
