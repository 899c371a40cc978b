// The parser csv: columns with names and types.
//
//   csv_schema                 "name type, …"; types long, float, string, date, bool, jsonmap or
//                              jsonmap{name type, …}, which becomes fields <column>-<name>. Without it, the
//                              first line of each file has the names, and all values are texts
//   csv_splitter               a tab; its first character counts, "\t" is a tab, too
//   csv_allow_no_match         false: a line with more or fewer columns is an error
//   csv_allow_more             name of further columns, to which a number is appended
//   csv_more_start_number      0
//   csv_contain_splitter_key   the column whose values may have the splitter in them
//   csv_ignore_quote_in_filed  false; quotes are ordinary characters; so they are with jsonmap
//   csv_ignore_invalid         false: a value of another type is an error; true: the field is left out
//   csv_auto_rename            false: '-' in names becomes '_'
//
// An empty number is 0, an empty date is now. Values are trimmed.
#pragma once

#include <memory>

#include "parser.hpp"

namespace logkit {

std::unique_ptr<Parser> make_csv_parser(const PartOptions& options);

}  // namespace logkit
