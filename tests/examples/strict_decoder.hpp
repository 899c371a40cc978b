// StrictShape: reads JSON as a Go server of the originals does, and more strictly, since such a server closes
// the connection at the first thing that does not fit (wire protocol, section 2): whole numbers without
// fraction and exponent and within their range, numbers with two decimals, RFC 3339 times; no key that is
// unknown or comes twice, and no empty value of a key that is left out when empty.
#pragma once

#include <cstdint>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test {

struct StrictShape {
  enum class Kind { integer, decimal, text, time, boolean, list, object };
  using Members = std::vector<std::pair<std::string, StrictShape>>;

  Kind kind = Kind::text;
  bool omit = false;  // left out when empty
  long double least = 0;
  long double most = 0;
  std::vector<StrictShape> item{};  // of a list: one
  Members members{};

  StrictShape or_none() const {
    StrictShape copy = *this;
    copy.omit = true;
    return copy;
  }
};

namespace shape {
using Kind = StrictShape::Kind;
inline StrictShape text() { return {Kind::text}; }
inline StrictShape time() { return {Kind::time}; }
inline StrictShape boolean() { return {Kind::boolean}; }
inline StrictShape decimal() { return {Kind::decimal}; }
inline StrictShape int32() { return {Kind::integer, false, -2147483648.0L, 2147483647.0L}; }
inline StrictShape int64() { return {Kind::integer, false, -9223372036854775808.0L, 9223372036854775807.0L}; }
inline StrictShape uint32() { return {Kind::integer, false, 0, 4294967295.0L}; }
inline StrictShape uint64() { return {Kind::integer, false, 0, 18446744073709551615.0L}; }
inline StrictShape list(StrictShape item) {
  StrictShape shape{Kind::list};
  shape.item.push_back(std::move(item));
  return shape;
}
inline StrictShape object(StrictShape::Members members) {
  StrictShape shape{Kind::object};
  shape.members = std::move(members);
  return shape;
}
}  // namespace shape

class StrictDecoder {
 public:
  // Throws std::runtime_error with the place and the reason.
  static void read(std::string_view json, const StrictShape& shape) {
    StrictDecoder decoder(json);
    decoder.value(shape, "");
    if (!decoder.left_.empty()) decoder.fail("", "there is more");
  }

 private:
  explicit StrictDecoder(std::string_view json) : left_(json) {}

  [[noreturn]] void fail(const std::string& place, const std::string& reason) const {
    throw std::runtime_error(place + ": " + reason + " before '" + std::string(left_.substr(0, 40)) + "'");
  }

  bool take(std::string_view token) {
    if (!left_.starts_with(token)) return false;
    left_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token, const std::string& place) {
    if (!take(token)) fail(place, "expected '" + std::string(token) + "'");
  }

  std::string string(const std::string& place) {
    expect("\"", place);
    std::string out;
    while (!left_.empty() && left_.front() != '"') {
      if (left_.front() == '\\') {
        out += left_.front();
        left_.remove_prefix(1);
      }
      out += left_.front();
      left_.remove_prefix(1);
    }
    expect("\"", place);
    return out;
  }

  std::string number() {
    const std::size_t end = left_.find_first_not_of("+-.0123456789eE");
    const std::string out(left_.substr(0, end));
    left_.remove_prefix(out.size());
    return out;
  }

  bool matches(const std::string& text, const char* pattern) {
    return std::regex_match(text, std::regex(pattern));
  }

  // True when it is empty in Go's sense.
  bool value(const StrictShape& shape, const std::string& place) {
    switch (shape.kind) {
      case StrictShape::Kind::integer: return integer(shape, place);
      case StrictShape::Kind::decimal: return decimal(place);
      case StrictShape::Kind::text: return string(place).empty();
      case StrictShape::Kind::time: return time(place);
      case StrictShape::Kind::boolean: return boolean(place);
      case StrictShape::Kind::list: return list(shape, place);
      case StrictShape::Kind::object: return object(shape, place);
    }
    fail(place, "no such kind");
  }

  bool integer(const StrictShape& shape, const std::string& place) {
    const std::string text = number();
    if (!matches(text, "-?(0|[1-9][0-9]*)")) fail(place, text + " is no whole number");
    const long double value = std::stold(text);
    if (value < shape.least || value > shape.most) fail(place, text + " is out of range");
    return value == 0;
  }
  bool decimal(const std::string& place) {
    const std::string text = number();
    if (!matches(text, "-?(0|[1-9][0-9]*)\\.[0-9]{2}")) fail(place, text + " has not two decimals");
    return false;  // 0.001 is 0.00, and not empty
  }
  bool time(const std::string& place) {
    const std::string text = string(place);
    const char* const pattern =
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})";
    if (!matches(text, pattern)) fail(place, text + " is no time");
    return false;
  }
  bool boolean(const std::string& place) {
    if (take("true")) return false;
    expect("false", place);
    return true;
  }
  bool list(const StrictShape& shape, const std::string& place) {
    if (take("null")) return true;
    expect("[", place);
    if (take("]")) return true;
    do {
      value(shape.item.front(), place + "[]");
    } while (take(","));
    expect("]", place);
    return false;
  }
  bool object(const StrictShape& shape, const std::string& place) {
    expect("{", place);
    std::set<std::string> seen;
    while (!take("}")) {
      if (!seen.empty()) expect(",", place);
      const std::string key = string(place);
      expect(":", place);
      if (!seen.insert(key).second) fail(place + "." + key, "comes twice");
      member(shape, key, place + "." + key);
    }
    for (const auto& [key, inner] : shape.members) {
      if (!inner.omit && !seen.contains(key)) fail(place + "." + key, "is missing");
    }
    return false;
  }
  void member(const StrictShape& shape, const std::string& key, const std::string& place) {
    for (const auto& [name, inner] : shape.members) {
      if (name != key) continue;
      if (value(inner, place) && inner.omit) fail(place, "is empty and not left out");
      return;
    }
    fail(place, "is unknown");
  }

  std::string_view left_;
};

}  // namespace test
