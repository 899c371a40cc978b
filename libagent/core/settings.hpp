// What the settings of an agent mean for the program: read, checked, put into effect.
#pragma once

#include <string>

#include "agent/config.hpp"
#include "core/parts.hpp"

namespace agent::core {

// Fills `parts.config` and the agent's own settings. What is wrong is in the problems of the result, and
// checked as far as can be without connecting. Throws Errc::io when the file cannot be read.
Settings read_settings(Parts& parts, const std::string& path);

// Opens the log as configured; writes what was odd in the file into it, and what is not in effect.
void open_log(const Parts& parts);

// Every setting of the agent, those of the library behind "basic.", as originals write them.
std::vector<SettingInfo> all_settings(const Parts& parts);

}  // namespace agent::core
