// The parsers raw, json and empty.
#pragma once

#include <memory>

#include "parser.hpp"

namespace logkit {

// {"raw":<the line>,"timestamp":<now, RFC 3339 with nanoseconds>}, the second unless `timestamp` is false.
// The time is taken anew for every thousandth line: lines that are parsed at once have one time.
std::unique_ptr<Parser> make_raw_parser(const PartOptions& options);

// A JSON object is a record, an array of objects is as many. Values are as they were written.
std::unique_ptr<Parser> make_json_parser(const PartOptions& options);

// Lines are swallowed.
std::unique_ptr<Parser> make_empty_parser(const PartOptions& options);

}  // namespace logkit
