// Paths with the time in them, as strftime has it.
#pragma once

#include <ctime>
#include <string>

#include "examples/logkit-agent/run/part_options.hpp"

namespace logkit {

// Replaces %Y %m %d %H %M %S %j and %% of the pattern; local time.
std::string path_at(const std::string& pattern, std::time_t time);
// A pattern of path_pattern.hpp that matches whatever path_at() makes.
std::string paths_of(const std::string& pattern);
// Throws Errc::bad_config for another letter behind a '%'.
void check_path_time(const std::string& pattern, const PartOptions& options);

}  // namespace logkit
