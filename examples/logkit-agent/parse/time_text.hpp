// Times as text. Pure.
#pragma once

#include <chrono>
#include <string>

namespace logkit {

// RFC 3339 in UTC, with nanoseconds: "2026-03-01T00:30:00.250000000Z".
std::string rfc3339(std::chrono::system_clock::time_point time);

}  // namespace logkit
