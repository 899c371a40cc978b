#include "host/limits/disk_device.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.hpp"

using namespace agent::host;

namespace {

// A small sysfs.
struct Sys {
  Sys() {
    disk("8:0", "sda");
    disk("8:16", "sdb");
    std::filesystem::create_directories(path("block/sda/sda1"));
    put("block/sda/sda1/uevent", "MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\n");
    put("block/sda/sda1/dev", "8:1\n");
    link("8:1", "block/sda/sda1");
    disk("253:0", "dm-0");
    for (const char* beneath : {"sdb", "sda"}) {
      std::filesystem::create_directories(path("block/dm-0/slaves"));
      std::filesystem::create_directory_symlink(path("block/" + std::string(beneath)),
                                                path("block/dm-0/slaves/" + std::string(beneath)));
    }
  }
  std::string path(const std::string& name) const { return dir.file(name); }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  void link(const std::string& number, const std::string& target) const {
    std::filesystem::create_directories(path("dev/block"));
    std::filesystem::create_directory_symlink(path(target), path("dev/block/" + number));
  }
  void disk(const std::string& number, const std::string& name) const {
    std::filesystem::create_directories(path("block/" + name));
    put("block/" + name + "/uevent", "DEVNAME=" + name + "\nDEVTYPE=disk\n");
    put("block/" + name + "/dev", number + "\n");
    link(number, "block/" + name);
  }
  std::string problem_of(DeviceNumber device) const { return problem_of_disk_device(device, dir.path()); }

  test::TempDir dir;
};

}  // namespace

TEST_CASE("A limit on a disk has no problem", "[host][cgroup]") {
  const Sys sys;
  CHECK(sys.problem_of({8, 0}).empty());
}

TEST_CASE("A device that is none is told from a partition, which names its disk", "[host][cgroup]") {
  const Sys sys;
  CHECK(sys.problem_of({9, 9}) == "no such device: see /proc/partitions");
  CHECK(sys.problem_of({8, 1}) == "is a partition of 8:0: a limit belongs to the disk, dev 8:0");
}

TEST_CASE("A device made of other disks names all of them", "[host][cgroup]") {
  const Sys sys;
  CHECK(sys.problem_of({253, 0}) ==
        "dm-0 is made of other disks, which carry the writes: limit those, dev 8:0 and 8:16");
}
