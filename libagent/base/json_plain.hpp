// PlainReader: reads the JSON texts that are nearly all, in half of RapidJSON's time: those without escapes
// in their strings and without exponents in their numbers.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/json_scan.hpp"

namespace agent::json {

// Tells `events`, a handler of RapidJSON's kind that bounds the depth, what is in `text`. The text is UTF-8,
// has no control characters but blanks, and ends with a NUL.
template <class Events>
class PlainReader {
 public:
  PlainReader(std::string_view text, Events& events)
      : at_(text.data()), end_(text.data() + text.size()), events_(events) {}

  // False: the text is for RapidJSON, which may find it faulty. What was told so far counts for nothing then.
  bool read() {
    if (!value()) return false;
    at_ = skip_blanks(at_);
    return at_ == end_;
  }

 private:
  // Each of these goes behind what begins here, and refuses anything else.
  bool value() {
    at_ = skip_blanks(at_);
    switch (*at_) {
      case '{': return object();
      case '[': return array();
      case '"': return string();
      case 't': return word("true") && events_.Bool(true);
      case 'f': return word("false") && events_.Bool(false);
      case 'n': return word("null") && events_.Null();
      default: return number();
    }
  }

  bool object() {
    if (!take('{') || !events_.StartObject()) return false;
    unsigned members = 0;
    if (take('}')) return events_.EndObject(members);
    do {
      at_ = skip_blanks(at_);
      if (!string() || !take(':') || !value()) return false;
      ++members;
    } while (take(','));
    return take('}') && events_.EndObject(members);
  }

  bool array() {
    if (!take('[') || !events_.StartArray()) return false;
    unsigned elements = 0;
    if (take(']')) return events_.EndArray(elements);
    do {
      if (!value()) return false;
      ++elements;
    } while (take(','));
    return take(']') && events_.EndArray(elements);
  }

  bool string() {
    if (*at_ != '"') return false;
    const char* const begin = at_ + 1;
    at_ = skip_plain(begin, end_);
    return *at_ == '"' && events_.String(begin, static_cast<unsigned>(at_++ - begin), false);
  }

  // An exponent, or so many digits that the number may be too large, is for RapidJSON.
  bool number() {
    constexpr std::ptrdiff_t kDigits = 64;
    const char* const begin = at_;
    if (*at_ == '-') ++at_;
    if (!integer() || (*at_ == '.' && !digits(at_ + 1))) return false;
    if (*at_ == 'e' || *at_ == 'E' || at_ - begin > kDigits) return false;
    return events_.RawNumber(begin, static_cast<unsigned>(at_ - begin), false);
  }

  bool integer() {
    if (*at_ != '0') return digits(at_);
    ++at_;
    return true;
  }

  bool digits(const char* from) {
    at_ = skip_digits(from);
    return at_ != nullptr;
  }

  bool word(const char* letters) {
    at_ = skip_word(at_, letters);
    return at_ != nullptr;
  }

  // The mark, and blanks in front of it. False: something else is here.
  bool take(char mark) {
    at_ = skip_blanks(at_);
    if (*at_ != mark) return false;
    ++at_;
    return true;
  }

  const char* at_;
  const char* const end_;
  Events& events_;
};

}  // namespace agent::json
