#include <ctime>

#include "host_zone.hpp"

namespace logkit {

int host_offset_minutes(std::int64_t local_seconds) {
  const std::time_t as_utc = local_seconds;
  std::tm parts{};
  ::gmtime_r(&as_utc, &parts);
  parts.tm_isdst = -1;
  const std::time_t utc = ::mktime(&parts);
  return static_cast<int>((local_seconds - utc) / 60);
}

}  // namespace logkit
