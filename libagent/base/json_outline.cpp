#include "base/json_outline.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "agent/json_value.hpp"

namespace agent::json {
namespace {

using Visit = std::function<void(const OutlinedMember&)>;

// Members of objects that are deeper, or in arrays, are not visited.
constexpr int kVisitedDepth = 2;

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

// Whether one of eight bytes is zero.
constexpr bool has_zero(std::uint64_t bytes) { return ((bytes - kOnes) & ~bytes & kHighs) != 0; }

// Whether one of eight characters is a quote, a backslash or a control character.
bool ends_plain_text(const char* at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  const std::uint64_t below_space = (bytes - kOnes * 0x20) & ~bytes & kHighs;
  return below_space != 0 || has_zero(bytes ^ (kOnes * '"')) || has_zero(bytes ^ (kOnes * '\\'));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Walker: the text is followed by a NUL, which nothing accepts, so that no step looks beyond it.
class Walker {
 public:
  Walker(const std::string& text, const Visit& visit)
      : at_(text.data()), end_(text.data() + text.size()), visit_(visit) {}

  bool root() {
    skip_blanks();
    if (*at_ != '{' || !object(1)) return false;
    skip_blanks();
    return at_ == end_;
  }

 private:
  void skip_blanks() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') ++at_;
  }

  bool take(char c) {
    if (*at_ != c) return false;
    ++at_;
    return true;
  }

  bool word(const char* letters) {
    for (; *letters != '\0'; ++letters)
      if (!take(*letters)) return false;
    return true;
  }

  bool escape() {
    if (!take('u')) return *at_ != '\0' && std::strchr("\"\\/bfnrt", *at_++) != nullptr;
    for (int i = 0; i < 4; ++i)
      if (!is_hex(*at_++)) return false;
    return true;
  }

  // Behind its first quote.
  bool string() {
    for (;;) {
      while (end_ - at_ >= 8 && !ends_plain_text(at_)) at_ += 8;
      while (*at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) ++at_;
      if (take('"')) return true;
      if (!take('\\') || !escape()) return false;
    }
  }

  bool digits() {
    const char* first = at_;
    while (is_digit(*at_)) ++at_;
    return at_ != first;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('+')) take('-');
    return digits();
  }

  // `depth`: of the members, if it is an object that is visited; otherwise deeper than that.
  bool value(int depth) {
    switch (*at_) {
      case '{': return object(depth);
      case '[': return array();
      case '"': ++at_; return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }

  bool member(int depth) {
    if (!take('"')) return false;
    const char* key = at_;
    if (!string()) return false;
    const std::string_view name(key, static_cast<std::size_t>(at_ - 1 - key));
    skip_blanks();
    if (!take(':')) return false;
    skip_blanks();
    const char* first = at_;
    if (!value(depth + 1)) return false;
    if (depth <= kVisitedDepth)
      visit_({.depth = depth, .key = name, .value = {first, static_cast<std::size_t>(at_ - first)}});
    return true;
  }

  template <class Item>
  bool items(char close, Item item) {
    ++at_;
    if (++nesting_ > kMaxDepth) return false;
    skip_blanks();
    if (!take(close)) {
      do {
        skip_blanks();
        if (!item()) return false;
        skip_blanks();
      } while (take(','));
      if (!take(close)) return false;
    }
    --nesting_;
    return true;
  }

  bool object(int depth) {
    return items('}', [this, depth] { return member(depth); });
  }
  bool array() {
    return items(']', [this] { return value(kVisitedDepth + 1); });
  }

  const char* at_;
  const char* const end_;
  const Visit& visit_;
  int nesting_ = 0;
};

}  // namespace

bool outline(const std::string& text, const Visit& visit) { return Walker(text, visit).root(); }

}  // namespace agent::json
