// Texts as found in /proc and /etc: small files of lines, often `key: value` or `key=value`.
// Pure but for read_text; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace agent::host {

// 4 MiB hold /proc/cpuinfo of a machine with 2000 processors.
inline constexpr std::size_t kMaxProcText = 4 * 1024 * 1024;

// The first `limit` bytes of the file; "" when it is missing or cannot be read.
std::string read_text(const std::filesystem::path& path, std::size_t limit = kMaxProcText);

std::string_view first_line(std::string_view text);  // trimmed

// Calls `use` with key and value, both trimmed, of each line that has the separator.
using UseField = std::function<void(std::string_view key, std::string_view value)>;
void for_each_field(std::string_view text, char separator, const UseField& use);

// The value of the first line with that key, without quotes around it; "" when there is none.
std::string_view field_of(std::string_view text, std::string_view key, char separator);

// The number at the start of the text, 0 when there is none.
std::uint64_t leading_number(std::string_view text);

}  // namespace agent::host
