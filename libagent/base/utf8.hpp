// UTF-8 as Go peers read and write it: every byte that starts no valid sequence counts as U+FFFD.
#pragma once

#include <cstddef>
#include <string_view>

#include "agent/utf8.hpp"

namespace agent {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

// Bytes of the valid sequence that `text` begins with, 1 to 4; 0 when it begins with none. Overlong
// forms, surrogates and code points beyond U+10FFFF are not valid. `text` must not be empty.
std::size_t utf8_sequence_size(std::string_view text);

// Bytes at the front of `text` that are ASCII and no control characters (0x7F aside).
std::size_t plain_prefix_size(std::string_view text);

}  // namespace agent
