// The texts of cgroup files: what is written to set a limit, and what is read about a group (kernel:
// admin-guide/cgroup-v2.rst, admin-guide/cgroup-v1/). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config.hpp"

namespace agent::host {

// The period of a CPU quota in µs: 100 percent are one core on v1 and v2.
inline constexpr std::uint64_t kCpuPeriod = 100'000;

// One write: `file` in the group's directory.
struct CgroupWrite {
  std::string file;
  std::string text;
  bool operator==(const CgroupWrite&) const = default;
};

// `version` is 1 or 2. 0 means no limit: nothing is written.
std::vector<CgroupWrite> cpu_writes(int version, std::uint32_t percent);

// Memory with swap: v2 gets swap 0, v1 memory.memsw behind memory (which must be lowered first) where
// `swap_counted`.
std::vector<CgroupWrite> memory_writes(int version, std::uint64_t bytes, bool swap_counted);
std::vector<CgroupWrite> pids_writes(std::uint64_t count);

// One line of v2, up to four of v1. `device` as in parse_device().
std::vector<CgroupWrite> disk_writes(int version, const DiskLimit& disk);

// Whether the kernel has what was written. It shows some values in another form: bytes of memory are rounded
// down to whole pages, and a disk's line stands among those of others, with the figures that have no limit.
bool is_taken(const CgroupWrite& write, std::string_view shown);

// A quota in percent, from the texts of cpu.max (v2), or of cpu.cfs_quota_us and cpu.cfs_period_us (v1).
// Nothing without a quota.
std::optional<std::uint64_t> cpu_percent(std::string_view quota_text, std::string_view period_text);

struct DeviceNumber {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  bool operator==(const DeviceNumber&) const = default;
};
std::string to_string(DeviceNumber device);  // "8:0"

// "8:0". Throws Errc::bad_config: `dev '8': must be major:minor, as in /proc/partitions`.
DeviceNumber parse_device(std::string_view text);

// Where a device's limit belongs. `uevent` is the text of /sys/dev/block/<major:minor>/uevent; `disk` is the
// text of ../dev there, which a partition's disk has. Nothing is wrong: "". Else: "is a partition of 8:0:
// ...".
std::string problem_of_device(std::string_view uevent, std::string_view disk);

// The value behind `key` in a file of "key value" lines (cpu.stat, memory.events, pids.events,
// memory.oom_control); nothing when the line is missing or holds no number.
std::optional<std::uint64_t> counter(std::string_view text, std::string_view key);

// The one number of a file. Nothing for "max", for v1's way to say "no limit" (PAGE_COUNTER_MAX) and -1.
std::optional<std::uint64_t> single_number(std::string_view text);

// Bytes over all devices: io.stat of v2 ("8:0 rbytes=1 wbytes=2 ..."), or v1's
// blkio.throttle.io_service_bytes ("8:0 Read 1").
struct IoBytes {
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  bool operator==(const IoBytes&) const = default;
};
IoBytes io_bytes(int version, std::string_view text);

}  // namespace agent::host
