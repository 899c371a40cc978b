// JSON text that Go reads and a strict parser refuses: bytes that are not UTF-8, and \u escapes of half
// a surrogate pair. Go reads each as U+FFFD.
#pragma once

#include <string>
#include <string_view>

namespace agent::json {

// Whether repaired() might change the text. Fast for text without either.
bool needs_repair(std::string_view text);

// The text with each such byte or escape replaced; all else is kept, errors too.
std::string repaired(std::string_view text);

}  // namespace agent::json
