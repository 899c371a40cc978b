// The parser syslog: RFC 3164 and RFC 5424, a message a line, with or without <priority>.
//
//   syslog_rfc          automic: told by the line; rfc3164; rfc5424; rfc6587 (a length before each message)
//   rfc3164_parse_year  false: a year before the date's month
//   facility_detail, severity_detail   false: numbers; true: names
//
// Messages of several lines are joined by the reader's head_pattern. A date without a year takes the nearest
// one.
#pragma once

#include <memory>

#include "parser.hpp"

namespace logkit {

std::unique_ptr<Parser> make_syslog_parser(const PartOptions& options);

}  // namespace logkit
