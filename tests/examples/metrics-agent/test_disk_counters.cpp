#include "examples/metrics-agent/host/disk_counters.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "examples/metrics-agent/host/disk_list.hpp"
#include "tests/examples/metrics-agent/captured_tree.hpp"

using namespace host;
using agent::wire::DiskFacts;
using metrics_test::CapturedTree;

namespace {

using Words = std::vector<std::string>;

std::vector<DiskFacts> disks_of(const CapturedTree& tree) {
  MachineFiles files(tree.root());
  return list_disks(files);
}

}  // namespace

TEST_CASE("Disk counters of kernels of every age are read", "[metrics][disks]") {
  const auto disks = parse_diskstats(
      "   8       0 sda 1 0 100 3 4 0 200 9 2 4 12\n"                      // 2.6.25 to 4.17
      "   8       1 sda1 10 400 60 480\n"                                  // partitions before 2.6.25
      " 259       0 nvme0n1 1 0 300 5 2 0 400 9 1 8 14 0 0 0 0 10 5 99\n"  // 5.5 and whatever comes
      " 254       0 vda 1 0 5 5 2 0 6 9 4294967295 8 14 0 0 0 0\n"         // 4.18
      "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0\n   8 x sdx 1 2 3 4\n8 9\n\nabc\n   8 3 sda3 1 2 3 4 5 6\n");
  REQUIRE(disks.size() == 4);
  CHECK(find_disk(disks, 8, 0)->read_sectors == 100);
  CHECK(find_disk(disks, 8, 0)->written_sectors == 200);
  CHECK(find_disk(disks, 8, 0)->in_flight == 2);
  CHECK(find_disk(disks, 8, 1)->read_sectors == 400);
  CHECK(find_disk(disks, 8, 1)->written_sectors == 480);
  CHECK(find_disk(disks, 259, 0)->written_sectors == 400);
  CHECK(find_disk(disks, 254, 0)->in_flight == 0);  // -1, after a race in the kernel
  CHECK(find_disk(disks, 7, 0) == nullptr);
}

TEST_CASE("A counter that wraps goes on, one that begins anew is counted from 0", "[metrics][disks]") {
  CHECK(moved(100, 150) == 50);
  CHECK(moved(4294967000, 100, 32) == 396);
  CHECK(moved(4294967000, 100, 64) == 100);  // another disk under the name
  CHECK(moved(1000000, 200, 32) == 200);
  CHECK(moved(~std::uint64_t{0}, 5, 64) == 5);
}

TEST_CASE("Disks are told by type, model, size and partitions", "[metrics][disks]") {
  const auto disks = disks_of(CapturedTree("ubuntu22"));
  REQUIRE(disks.size() == 3);
  CHECK(disks[0].model == "Samsung SSD 970 EVO 500GB");
  CHECK(disks[0].type == "NVMe");
  CHECK(disks[0].total == 1000215216ULL * 512);
  CHECK(disks[0].parts == Words{"/dev/nvme0n1p1", "/dev/nvme0n1p2", "/dev/nvme0n1p10"});
  CHECK(disks[1].type == "HDD");
  CHECK(disks[1].parts == Words{"/dev/sdb1"});
  CHECK(disks[2].type == "SSD");
  CHECK(disks[2].model == "QEMU HARDDISK");
}

TEST_CASE("Memory cards, old RAID cards and disks with several paths are one disk each", "[metrics][disks]") {
  const auto card = disks_of(CapturedTree("alpine"));
  REQUIRE(card.size() == 1);
  CHECK(card[0].model == "SD32G");
  CHECK(card[0].type == "SSD");
  const auto disks = disks_of(CapturedTree("multipath"));
  REQUIRE(disks.size() == 3);
  CHECK(disks[0].parts == Words{"/dev/cciss/c0d0p1"});
  CHECK(disks[1].total == 4 * 512);  // "fdx" is no floppy
  CHECK(disks[2].model == "LUN-1");
}

TEST_CASE("A machine without disks has none", "[metrics][disks]") {
  CHECK(disks_of(CapturedTree("container_v1")).empty());
}
