// safe_text: what other machines wrote, harmless for a terminal. Pure.
//
// Names, errors and outputs come from machines that nobody need trust. On a terminal, control sequences in
// them could move the cursor, rewrite lines that were shown before, or type.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentctl {

// One line: control characters (line ends, carriage returns and tabs too), characters that change the
// direction of writing, and bytes that are not UTF-8 are shown as \n, \r, \t, \x1b, \u202e.
std::string safe_text(std::string_view text);
// The same, but tabs stay: a line of a program's output.
std::string safe_line(std::string_view line);

// Columns that a safe text takes on a terminal.
std::size_t columns_of(std::string_view text);
// The beginning of a safe text that fits into so many columns, with … if it is not all of it.
std::string cut_to_columns(std::string_view text, std::size_t columns);

}  // namespace agentctl
