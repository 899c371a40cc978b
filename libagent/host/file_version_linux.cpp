#include "host/file_version_posix.hpp"

#include <fmt/format.h>
#include <time.h>

#include <span>

#include "base/digest.hpp"

namespace agent::host {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }

// Now, by the clock that the kernel stamps files with.
timespec file_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now;
}

timespec file_clock_step() {
  timespec step{};
  ::clock_getres(CLOCK_REALTIME_COARSE, &step);
  return step;
}

}  // namespace

bool is_same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool is_settling(const struct stat& status, const timespec& now, const timespec& step) {
  const bool whole_seconds = status.st_ctim.tv_nsec == 0 && status.st_mtim.tv_nsec == 0;
  const std::int64_t window = 2 * (whole_seconds ? kSecond : nanoseconds(step));
  return nanoseconds(now) - nanoseconds(status.st_ctim) <= window;
}

// A digest, because numbers of inodes are nobody's business.
std::string entity_tag(const struct stat& status) {
  const std::string facts = fmt::format("{} {} {} {} {}", status.st_dev, status.st_ino, status.st_size,
                                        nanoseconds(status.st_mtim), nanoseconds(status.st_ctim));
  const char* weak = is_settling(status, file_clock(), file_clock_step()) ? "W/" : "";
  return fmt::format("{}\"{}\"", weak, hex(Md5::of(facts)));
}

}  // namespace agent::host
