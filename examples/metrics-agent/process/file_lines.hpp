// Lines of a long file, without holding the file.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

// Calls `use` with every line, without its end. A line of more than 64 KiB is left out. False when the file
// cannot be opened, or fails on the way.
bool for_each_line(const std::filesystem::path& path, const std::function<void(std::string_view)>& use);
