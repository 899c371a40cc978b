#include "host/limits/cgroup_values.hpp"

#include <catch2/catch.hpp>

using namespace agent;
using namespace agent::host;

namespace {

using Writes = std::vector<CgroupWrite>;

DiskLimit disk(std::uint64_t read, std::uint64_t write, std::uint64_t riops) {
  return {.dev = "8:0", .read_bytes = {read}, .write_bytes = {write}, .read_iops = riops};
}

}  // namespace

TEST_CASE("100 percent are one core on v1 and v2", "[host][cgroup]") {
  CHECK(cpu_writes(2, 100) == Writes{{"cpu.max", "100000 100000"}});
  CHECK(cpu_writes(1, 50) == Writes{{"cpu.cfs_period_us", "100000"}, {"cpu.cfs_quota_us", "50000"}});
  CHECK(cpu_writes(2, 4294967295)[0].text == "4294967295000 100000");
}

TEST_CASE("A limit that is absent is not written as 0", "[host][cgroup]") {
  for (const int version : {1, 2}) {
    CHECK(cpu_writes(version, 0).empty());
    CHECK(memory_writes(version, 0, true).empty());
    CHECK(disk_writes(version, disk(0, 0, 0)).empty());
  }
  CHECK(pids_writes(0).empty());
  CHECK(pids_writes(20) == Writes{{"pids.max", "20"}});
}

TEST_CASE("Memory means memory with swap where swap is counted", "[host][cgroup]") {
  CHECK(memory_writes(2, 64, true) == Writes{{"memory.max", "64"}, {"memory.swap.max", "0"}});
  CHECK(memory_writes(1, 64, true) ==
        Writes{{"memory.limit_in_bytes", "64"}, {"memory.memsw.limit_in_bytes", "64"}});
  CHECK(memory_writes(1, 64, false) == Writes{{"memory.limit_in_bytes", "64"}});
}

TEST_CASE("Only the configured values of a disk are written", "[host][cgroup]") {
  CHECK(disk_writes(2, disk(1, 0, 3)) == Writes{{"io.max", "8:0 rbps=1 riops=3"}});
  CHECK(disk_writes(1, disk(1, 2, 0)) ==
        Writes{{"blkio.throttle.read_bps_device", "8:0 1"}, {"blkio.throttle.write_bps_device", "8:0 2"}});
}

TEST_CASE("A device is major:minor", "[host][cgroup]") {
  CHECK(parse_device("259:3") == DeviceNumber{259, 3});
  for (const char* bad : {"", "8", ":", "8:", ":0", "sda", "8:a", "-8:0", "8:0:1", " 8:0", "4096:0",
                          "8:1048576", "99999999999:0"}) {
    INFO(bad);
    CHECK_THROWS_WITH(parse_device(bad), Catch::Contains("must be major:minor"));
  }
}

TEST_CASE("A partition is refused with the disk that it lies on", "[host][cgroup]") {
  CHECK(problem_of_device("MAJOR=8\nDEVTYPE=disk\n", "").empty());
  CHECK(problem_of_device("MAJOR=8\nDEVTYPE=partition\nPARTN=1\n", "8:0\n") ==
        "is a partition of 8:0: a limit belongs to the disk, dev 8:0");
  CHECK(problem_of_device("", "") == "no such device");
}

TEST_CASE("Counters are found by their whole name", "[host][cgroup]") {
  const char* events = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\n";
  CHECK(counter(events, "oom") == 3U);
  CHECK(counter(events, "oom_kill") == 2U);
  CHECK(counter("oom_kill_disable 0\nunder_oom 0\noom_kill 1", "oom_kill") == 1U);
  CHECK_FALSE(counter(events, "oom_group_kill"));
  CHECK_FALSE(counter("oom_kill\noom x\n", "oom_kill"));
  CHECK_FALSE(counter("oom_kill x\n", "oom_kill"));
}

TEST_CASE("No limit is no number", "[host][cgroup]") {
  CHECK(single_number("67108864\n") == 67108864U);
  CHECK(single_number("0\n") == 0U);
  for (const char* none : {"max\n", "9223372036854771712\n", "9223372036854710272\n", "-1\n", ""})
    CHECK_FALSE(single_number(none));
}

TEST_CASE("Bytes read and written are summed over devices", "[host][cgroup]") {
  CHECK(io_bytes(2, "8:0 rbytes=1 wbytes=2 rios=9 wios=9 dbytes=9 dios=9\n8:16 rbytes=10 wbytes=20\n9:0\n") ==
        IoBytes{11, 22});
  CHECK(io_bytes(1, "8:0 Read 1\n8:0 Write 2\n8:0 Sync 9\n8:0 Total 3\n8:16 Read 4\nTotal 7\n") ==
        IoBytes{5, 2});
  CHECK(io_bytes(1, "Total 0\n") == IoBytes{});
}

TEST_CASE("What the kernel has is compared with what was written", "[host][cgroup]") {
  CHECK(is_taken({"memory.max", "100000000"}, "99999744\n"));  // whole pages
  CHECK_FALSE(is_taken({"memory.max", "100000000"}, "100003840\n"));
  CHECK_FALSE(is_taken({"memory.max", "100000000"}, "max\n"));
  CHECK_FALSE(is_taken({"memory.use_hierarchy", "1"}, "0\n"));
  CHECK_FALSE(is_taken({"cpu.cfs_quota_us", "50000"}, "1000\n"));
  CHECK(is_taken({"cpu.max", "50000 100000"}, "50000 100000\n"));
  CHECK(is_taken({"io.max", "8:0 rbps=5 riops=7"}, "8:16 rbps=5\n8:0 rbps=5 wbps=max riops=7 wiops=max\n"));
  CHECK_FALSE(is_taken({"io.max", "8:0 rbps=5 riops=7"}, "8:16 rbps=5 riops=7\n"));
  CHECK_FALSE(is_taken({"blkio.throttle.read_bps_device", "254:0 10"}, "254:0 1048576\n"));
  CHECK_FALSE(is_taken({"pids.max", "20"}, ""));
}

TEST_CASE("A quota is told in percent", "[host][cgroup]") {
  CHECK(cpu_percent("50000 100000\n", "") == 50);
  CHECK(cpu_percent("25000\n", "100000\n") == 25);
  CHECK_FALSE(cpu_percent("max 100000\n", ""));
  CHECK_FALSE(cpu_percent("-1\n", "100000\n"));
}
