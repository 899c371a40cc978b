#include "examples/metrics-agent/host/memory_info.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "tests/examples/metrics-agent/captured_tree.hpp"

using namespace host;
using metrics_test::CapturedTree;

namespace {

constexpr std::uint64_t kKib = 1024;

MemoryInfo read_memory(const CapturedTree& tree) {
  const std::string meminfo = tree.text("proc/meminfo");
  const std::string min_free = tree.text("proc/sys/vm/min_free_kbytes");
  return parse_memory({meminfo, min_free, {}});
}

}  // namespace

TEST_CASE("Used and available memory are all of it", "[metrics][memory]") {
  const MemoryInfo memory =
      parse_memory({"MemTotal: 1000 kB\nMemFree: 200 kB\nMemAvailable: 600 kB\nCached: 500 kB\n"});
  CHECK(memory.total == 1000 * kKib);
  CHECK(memory.free == 200 * kKib);
  CHECK(memory.available == 600 * kKib);
  CHECK(memory.used() == 400 * kKib);
  CHECK(memory.percent() == Approx(40));
  CHECK(memory.zfs == 0);
}

TEST_CASE("Swap that is used is the total less the free, not SwapCached", "[metrics][memory]") {
  const MemoryInfo memory = read_memory(CapturedTree("el6"));
  CHECK(memory.swap_used() == (2097148 - 1572860) * kKib);
  CHECK(memory.swap_free == 1572860 * kKib);
}

// Values of procps-ng 3.3.10's `free` for these texts.
TEST_CASE("Memory without MemAvailable is estimated as that system's free does", "[metrics][memory]") {
  // 1000000 + (1000000 - 84480) + (100000 - 50000) - 84480, low watermark 84480
  CHECK(read_memory(CapturedTree("el7_first")).available == 1881040 * kKib);
  // 102400 + (800000 - 56320) + (80000 - 40000) - 56320, low watermark 56320
  CHECK(read_memory(CapturedTree("el6")).available == 829760 * kKib);
  // 500000 + (400000 - 20480) + (50000 - 20480) - 20480, low watermark 20480
  CHECK(read_memory(CapturedTree("sles11")).available == 888560 * kKib);
}

TEST_CASE("Kernels that do not tell file pages apart count the whole cache", "[metrics][memory]") {
  const MemoryInfo memory =
      parse_memory({"MemTotal: 1000 kB\nMemFree: 200 kB\nBuffers: 50 kB\nCached: 300 kB\n"});
  CHECK(memory.available == 550 * kKib);
}

TEST_CASE("What ZFS would give back is available, and told by itself", "[metrics][memory]") {
  CapturedTree tree("zfs");
  const std::string meminfo = tree.text("proc/meminfo");
  const std::string arcstats = tree.text("proc/spl/kstat/zfs/arcstats");
  const MemoryInfo memory = parse_memory({meminfo, {}, arcstats});
  CHECK(memory.zfs == 20480000000 - 1024000000);
  CHECK(memory.available == 5000000 * kKib + memory.zfs);
  CHECK(memory.used() + memory.available == memory.total);
}

TEST_CASE("Strange texts about memory give no more than there is", "[metrics][memory]") {
  const MemoryInfo more =
      parse_memory({"MemTotal: 1000 kB\nMemFree: 2000 kB\nMemAvailable: 3000 kB\n"
                    "SwapTotal: 5 kB\nSwapFree: 9 kB\n"});
  CHECK(more.available == more.total);
  CHECK(more.used() == 0);
  CHECK(more.swap_used() == 0);
  for (const char* text : {"", "MemTotal", "MemTotal:", "MemTotal: x kB\n", "\xff\xfe\n", ": 1 kB\n"}) {
    CHECK(parse_memory({text}).total == 0);
    CHECK(parse_memory({text}).percent() == 0);
  }
  const MemoryInfo huge =
      parse_memory({"MemTotal: 99999999999999999999 kB\nMemAvailable: 18446744073709551615 kB\n"});
  CHECK(huge.used() == 0);
  CHECK(parse_memory({std::string(64 * 1024, 'x')}).total == 0);
}
