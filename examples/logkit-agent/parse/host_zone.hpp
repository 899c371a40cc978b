// The host's time zone.
#pragma once

#include <cstdint>

namespace logkit {

// East of UTC, at that local time (seconds since 1970 if it were UTC): daylight saving counts.
int host_offset_minutes(std::int64_t local_seconds);

}  // namespace logkit
