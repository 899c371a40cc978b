// The environment of a process as "KEY=value" entries.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent::host {

// This process's own. Not while another thread changes it.
std::vector<std::string> own_environment();

// One entry per key, the last one, in the order in which the keys first came. An entry without '=' is kept.
std::vector<std::string> merge_environment(std::vector<std::string> entries,
                                           const std::vector<std::string>& added);

// The value of the key, "" when it is not there.
std::string_view value_of(const std::vector<std::string>& environment, std::string_view key);

}  // namespace agent::host
