// yaml: configuration in YAML, as the same keys and texts that a key = value file has.
//
// Maps within maps are joined by dots; a list of scalars becomes comma-separated text, a list of maps a
// JSON array; null counts as not set.
#pragma once

#include <string>
#include <string_view>

#include "base/setting_file.hpp"

namespace agent {

inline constexpr int kMaxYamlDepth = 32;
inline constexpr std::size_t kMaxYamlNodes = 100'000;  // values in all, a bound for aliases that multiply

inline bool is_yaml_name(std::string_view name) { return name.ends_with(".yaml") || name.ends_with(".yml"); }

// Expands `#include` first. Faults become problems.
SettingFile parse_yaml(std::string_view text, const std::string& file);

}  // namespace agent
