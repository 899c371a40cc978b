// utf8_validator: stands in for websocketpp's validator of the same interface, eight ASCII bytes at a
// time. Accepts exactly the well-formed sequences of Unicode, table 3-7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace websocketpp::utf8_validator {

class validator {
 public:
  bool consume(std::uint8_t byte) { return step(byte); }

  // Goes on from what earlier calls left open. False: not UTF-8.
  template <class Iterator>
  bool decode(Iterator begin, Iterator end) {
    if (begin == end) return true;
    const char* at = &*begin;
    return decode_bytes(at, static_cast<std::size_t>(end - begin));
  }

  // Whether the text so far ends with a whole character.
  bool complete() const { return missing_ == 0; }
  void reset() { *this = validator(); }

 private:
  bool decode_bytes(const char* at, std::size_t length) {
    const char* end = at + length;
    while (at != end) {
      if (missing_ == 0) at = skip_ascii(at, end);
      if (at != end && !step(static_cast<std::uint8_t>(*at++))) return false;
    }
    return true;
  }

  static const char* skip_ascii(const char* at, const char* end) {
    while (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      if (word & 0x8080808080808080u) break;
      at += 8;
    }
    while (at != end && static_cast<std::uint8_t>(*at) < 0x80) ++at;
    return at;
  }

  bool step(std::uint8_t byte) { return missing_ == 0 ? lead(byte) : follow(byte); }

  bool lead(std::uint8_t byte) {
    if (byte < 0x80) return true;
    low_ = 0x80;
    high_ = 0xBF;
    if (byte >= 0xC2 && byte <= 0xDF) {
      missing_ = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
      missing_ = 2;
      if (byte == 0xE0) low_ = 0xA0;   // no overlong forms
      if (byte == 0xED) high_ = 0x9F;  // no surrogates
    } else if (byte >= 0xF0 && byte <= 0xF4) {
      missing_ = 3;
      if (byte == 0xF0) low_ = 0x90;
      if (byte == 0xF4) high_ = 0x8F;  // nothing above U+10FFFF
    } else {
      return false;
    }
    return true;
  }

  bool follow(std::uint8_t byte) {
    if (byte < low_ || byte > high_) return false;
    low_ = 0x80;
    high_ = 0xBF;
    --missing_;
    return true;
  }

  std::uint8_t missing_ = 0;  // bytes until the character is whole
  std::uint8_t low_ = 0x80;   // bounds of the next byte
  std::uint8_t high_ = 0xBF;
};

inline bool validate(const std::string& text) {
  validator v;
  return v.decode(text.begin(), text.end()) && v.complete();
}

}  // namespace websocketpp::utf8_validator
