// A line of a state file that tells its own damage: eight hexadecimal digits of a CRC-32, a blank, and JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace logkit {

// With its end.
std::string checked_line(std::string_view json);
// The JSON of a line without its end; nothing: it is damaged, or longer than 64 KiB.
std::optional<std::string_view> read_checked_line(std::string_view line);

}  // namespace logkit
