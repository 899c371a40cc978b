// Values of a type that the configuration names: long, float, string, date, bool. Pure but for the clock of
// dates.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "date_time.hpp"
#include "examples/logkit-agent/run/part_options.hpp"
#include "record.hpp"

namespace logkit {

enum class ValueType { text, whole, number, date, flag };

// "long", "l", "int", "string", "s", "float", "f", "date", "d", "bool". Nothing: another word.
std::optional<ValueType> read_value_type(std::string_view word);

// The text as a value of that type; a number keeps its digits. Nothing: it is none.
std::optional<Value> typed_value(ValueType type, std::string_view text, Arena& arena, const DateRules& rules);

// A JSON number, whole or not; a text that JSON would write otherwise ("007", "+1", ".5") is written anew.
std::optional<Value> number_value(std::string_view text, Arena& arena);

// `timezone_offset`, hours east of UTC as in "+8" or "-03:30": the zone of dates without one.
DateRules read_date_rules(const PartOptions& options);
// The same rules for what is parsed now.
DateRules at_this_time(DateRules rules);

std::string_view trimmed(std::string_view text);

}  // namespace logkit
