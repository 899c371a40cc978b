#include "typed_value.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <ctime>

#include "json_members.hpp"

namespace logkit {
namespace {

std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

bool is_json_number(std::string_view text) {
  return !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')) &&
         skip_json(text.data(), text.data() + text.size()) == text.data() + text.size();
}

std::optional<Value> whole_value(std::string_view text, Arena& arena) {
  std::int64_t number = 0;
  const std::string_view digits = without_plus(text);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (is_json_number(digits)) return Value{digits, true};
  return Value{arena.keep(std::to_string(number)), true};
}

std::optional<Value> date_value(std::string_view text, Arena& arena, const DateRules& rules) {
  const std::optional<DateTime> date = parse_any_date(text, rules);
  if (!date) return std::nullopt;
  return Value{arena.keep(to_rfc3339(*date)), false};
}

std::optional<Value> flag_value(std::string_view text) {
  for (const std::string_view word : {"true", "t", "1", "True", "TRUE", "T"})
    if (text == word) return Value{"true", true};
  for (const std::string_view word : {"false", "f", "0", "False", "FALSE", "F"})
    if (text == word) return Value{"false", true};
  return std::nullopt;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  // It is called for every value of a line: no search for each byte.
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  std::size_t begin = 0;
  std::size_t end = text.size();
  while (begin < end && is_blank(text[begin])) ++begin;
  while (end > begin && is_blank(text[end - 1])) --end;
  return text.substr(begin, end - begin);
}

std::optional<ValueType> read_value_type(std::string_view word) {
  if (word == "long" || word == "l" || word == "int") return ValueType::whole;
  if (word == "float" || word == "f") return ValueType::number;
  if (word == "string" || word == "s") return ValueType::text;
  if (word == "date" || word == "d") return ValueType::date;
  if (word == "bool" || word == "b") return ValueType::flag;
  return std::nullopt;
}

std::optional<Value> number_value(std::string_view text, Arena& arena) {
  if (is_json_number(text)) return Value{text, true};
  const std::string_view digits = without_plus(text);
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() ||
      !std::isfinite(number))
    return std::nullopt;
  return Value{arena.keep(fmt::format("{}", number)), true};
}

std::optional<Value> typed_value(ValueType type, std::string_view text, Arena& arena,
                                 const DateRules& rules) {
  switch (type) {
    case ValueType::text: return Value{text, false};
    case ValueType::whole: return whole_value(text, arena);
    case ValueType::number: return number_value(text, arena);
    case ValueType::date: return date_value(text, arena, rules);
    case ValueType::flag: return flag_value(text);
  }
  return std::nullopt;
}

DateRules read_date_rules(const PartOptions& options) {
  DateRules rules;
  std::string text = options.text("timezone_offset");
  if (text.empty()) return rules;
  if (text[0] != '+' && text[0] != '-') text.insert(0, "+");
  if (text.find(':') == std::string::npos && text.size() == 2) text.insert(1, "0");
  const std::optional<DateTime> date = parse_date("2000-01-01T00:00:00" + text, "%Y-%m-%dT%H:%M:%S%z", rules);
  if (!date) options.fail("timezone_offset: '" + text + "' are no hours, such as +8 or -03:30");
  rules.offset_minutes = date->offset_minutes;
  return rules;
}

DateRules at_this_time(DateRules rules) {
  rules.now = std::time(nullptr);
  return rules;
}

}  // namespace logkit
