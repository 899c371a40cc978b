#include "host/command_meter.hpp"

#include <catch2/catch.hpp>

using namespace agent;
using namespace agent::host;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t kMega = 1024 * 1024;

std::uint64_t megabytes(MemorySeen seen) {
  for (Bytes* bytes : {&seen.group_peak, &seen.cached, &seen.largest_process, &seen.largest_look})
    bytes->value *= kMega;
  return peak_of_processes(seen).value / kMega;
}

MemorySeen seen(std::uint64_t peak, std::uint64_t cached, std::uint64_t process, std::uint64_t look) {
  return {Bytes{peak}, Bytes{cached}, Bytes{process}, Bytes{look}};
}

}  // namespace

TEST_CASE("A copy of a large file does not look like a leak", "[group]") {
  CHECK(megabytes(seen(64, 62, 10, 1)) == 2);
  CHECK(megabytes(seen(64, 62, 1, 0)) == 1);
  CHECK(megabytes(seen(500, 0, 8, 1)) == 8);  // the file was removed, and its cache with it
}

TEST_CASE("The peak of a short command is that of its largest process", "[group]") {
  CHECK(megabytes(seen(51, 1, 50, 0)) == 50);
  CHECK(megabytes(seen(2, 0, 12, 0)) == 2);  // the agent's own memory shows in that of its child
}

TEST_CASE("Many processes together have what a look has shown", "[group]") {
  CHECK(megabytes(seen(100, 0, 10, 90)) == 90);
  CHECK(megabytes(seen(0, 5, 10, 7)) == 7);  // a kernel that has no peak
}

TEST_CASE("Looks at a command become rarer, and come in time for its CPU seconds", "[group]") {
  CHECK(look_pause(0, {}, 2) == milliseconds(10));
  CHECK(look_pause(3, {}, 2) == milliseconds(80));
  CHECK(look_pause(100, {}, 2) == milliseconds(1000));
  CHECK(look_pause(100, milliseconds(500), 2) == milliseconds(250));
  CHECK(look_pause(100, milliseconds(500), 0) == milliseconds(500));
  CHECK(look_pause(100, milliseconds(3), 2) == milliseconds(10));
  CHECK(look_pause(0, std::chrono::hours(1), 2) == milliseconds(10));
}
