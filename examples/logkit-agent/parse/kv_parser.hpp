// The parser KV, also called logfmt: pairs of a key and a value.
//
//   splitter     "=", between key and value
//   keep_string  false: numbers are numbers, and true, false, t, f are booleans; true: all values are texts
//
// A value in quotes ends with them; another one ends at the last blank before the next pair, so that keys may
// have no blanks and values may. A line without a pair is an error.
#pragma once

#include <memory>

#include "parser.hpp"

namespace logkit {

std::unique_ptr<Parser> make_kv_parser(const PartOptions& options);

// Appends the pairs of the text to the record. False: there are none, or one has no key.
bool add_pairs(std::string_view text, std::string_view splitter, bool keeps_text, Record& record);

}  // namespace logkit
