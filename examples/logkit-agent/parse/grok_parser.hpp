// The parser grok: fields out of a line by named expressions (grok_library.hpp).
//
//   grok_patterns              required: expressions between commas, tried in order; the first that
//                              matches counts
//   grok_custom_patterns       lines "NAME expression"
//   grok_custom_pattern_files  paths of files of such lines, between commas
//   grok_mode                  "multi": line ends of a record become blanks before it is matched
//
// Values are trimmed, quotes around them are taken off, empty ones are left out; one that has not the type of
// its field is left out, too. A line that no expression matches is an error.
#pragma once

#include <memory>

#include "parser.hpp"

namespace logkit {

std::unique_ptr<Parser> make_grok_parser(const PartOptions& options);

}  // namespace logkit
