// What block devices have read and written: /proc/diskstats (proc(5)). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace host {

// One disk or partition, since it was found or the system was started.
struct DiskCounters {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::string name;                // "sda1"
  std::uint64_t read_sectors = 0;  // of 512 bytes, whatever the disk has
  std::uint64_t written_sectors = 0;
  std::uint64_t in_flight = 0;
};

// By major and minor, ascending, those that have never done anything left out. Takes lines of all kernels:
// with 14 columns and more, and those of partitions before 2.6.25 with 7. Lines of other forms are left out.
std::vector<DiskCounters> parse_diskstats(std::string_view text);

// The device in such a list; nullptr when it is not there.
const DiskCounters* find_disk(const std::vector<DiskCounters>& disks, std::uint32_t major,
                              std::uint32_t minor);

// What a counter moved by. One that runs backwards began anew, as when a disk is taken away and another comes
// under its name, unless it is one of 32 bits (`word_bits`) that has wrapped around.
std::uint64_t moved(std::uint64_t before, std::uint64_t now, int word_bits = 8 * sizeof(long));

}  // namespace host
