// RAM and swap: /proc/meminfo (proc(5)). Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace host {

// Bytes.
struct MemoryInfo {
  std::uint64_t total = 0;
  std::uint64_t free = 0;
  std::uint64_t available = 0;  // what programs could have without swapping, at most `total`
  std::uint64_t swap_total = 0;
  std::uint64_t swap_free = 0;
  std::uint64_t zfs = 0;  // what ZFS's cache would give back; it is in `available`

  std::uint64_t used() const { return total - available; }
  std::uint64_t swap_used() const { return swap_total - swap_free; }
  double percent() const {
    return total == 0 ? 0 : 100 * static_cast<double>(used()) / static_cast<double>(total);
  }
};

struct MemoryTexts {
  std::string_view meminfo;            // proc/meminfo
  std::string_view min_free_kbytes{};  // proc/sys/vm/min_free_kbytes: needed where there is no MemAvailable
  std::string_view arcstats{};         // proc/spl/kstat/zfs/arcstats, of a system with ZFS
};

// Lines that are missing are 0. Kernels before 3.14 have no MemAvailable (some distributions added it to
// their 3.10): it is estimated as `free` of procps-ng does there. ZFS's cache beyond its least size (c_min)
// is available, though the kernel does not know.
MemoryInfo parse_memory(const MemoryTexts& texts);

}  // namespace host
