// Walking through texts of lines and words, such as the files in /proc. Nothing is copied: a view of the text
// becomes shorter. No text is too strange, an end that is missing is the end of the text. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace host {

// Takes the first line off the text, without its line break.
std::string_view take_line(std::string_view& text);

// Takes the first word off the line, and the blanks and tabs before it. "" when there is none left.
std::string_view take_word(std::string_view& line);

// A decimal number, the whole word; nullopt for anything else. Beyond 2^64 - 1 it is 2^64 - 1.
std::optional<std::uint64_t> number_in(std::string_view word);

// The same, 0 for anything else. A minus before the number is a 0 as well: no counter is negative.
std::uint64_t count_in(std::string_view word);

// The text without blanks and line breaks around it.
std::string_view stripped(std::string_view text);

// With each "\040" turned into its character, as the kernel writes blanks in names.
std::string without_escapes(std::string_view text);

}  // namespace host
