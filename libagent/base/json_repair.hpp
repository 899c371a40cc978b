// What stands between the bytes of the network and the JSON parser.
#pragma once

#include <string>

namespace agent::json {

// Replaces what Go reads as U+FFFD and a strict parser refuses: bytes that are not UTF-8 and escapes of
// half a surrogate pair. Other faults stay for the parser to find, but for control characters, which no
// JSON text has: Errc::bad_message with the offset of the first. Fast when there is nothing to do.
void repair(std::string& text);

}  // namespace agent::json
