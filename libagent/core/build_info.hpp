// What was built, when, and with what. The source is made at build time by build_info.cmake.
#pragma once

#include <string_view>

namespace agent::core {

extern const std::string_view
    kCodeVersion;  // "<branch>.<commit>.<number of commits>", "unknown" outside of git
extern const std::string_view kBuildTime;  // "2026-03-01T08:00:00Z"

// "c++ gcc-12.2.0"
std::string_view tool_chain();

}  // namespace agent::core
