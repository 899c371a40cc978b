#include "examples/metrics-agent/host/usage_reader.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "tests/examples/metrics-agent/host_scene.hpp"

using namespace std::chrono_literals;
using metrics_test::by_name;
using metrics_test::HostScene;

TEST_CASE("The first sample is since the system's start and says so", "[metrics][usage]") {
  HostScene scene("el6");
  const auto usage = scene.sample_after(0s);
  CHECK(usage.first);
  // 1700 of 162500 ticks were not idle and not iowait.
  CHECK(usage.cpu.usage.value == Approx(100.0 * 1700 / 162500));
  CHECK(usage.cpu.load1.value == Approx(0.42));
  CHECK(usage.cpu.load15.value == Approx(0.20));
  // A rate is since the start as well, not all that was ever read in one second.
  CHECK(by_name(usage.parts, "/").read_per_second.value == Approx(78000 * 512 / 864000.25));
  CHECK(scene.warnings == 0);
}

TEST_CASE("Shares and rates are over the time since the sample before", "[metrics][usage]") {
  HostScene scene("el6");
  scene.sample_after(0s);
  scene.tree.edit("proc/stat", "cpu  1000 50 600 160000", "cpu  1200 50 700 160700");
  scene.tree.edit("proc/diskstats", "dm-0 4800 0 78000 2900 4200 0 63000",
                  "dm-0 4900 0 78100 2900 4300 0 63020");
  const auto usage = scene.sample_after(5s);
  CHECK_FALSE(usage.first);
  CHECK(usage.cpu.usage.value == Approx(30));
  CHECK(by_name(usage.parts, "/").read_per_second.value == Approx(100 * 512 / 5.0));
  CHECK(by_name(usage.parts, "/").written_per_second.value == Approx(20 * 512 / 5.0));
  CHECK(by_name(usage.parts, "/").in_flight == 3);
  CHECK(by_name(usage.parts, "/boot").read_per_second.value == 0);
  CHECK(by_name(usage.parts, "/srv/old files").in_flight == 0);
}

TEST_CASE("A consumer never shortens the interval of another one", "[metrics][usage]") {
  HostScene reports("el6");
  host::UsageReader requests(reports.options, reports.warnings);
  requests.sample(reports.now);
  reports.sample_after(0s);
  reports.tree.edit("proc/stat", "cpu  1000 50 600 160000", "cpu  1200 50 700 160700");
  CHECK(requests.sample(reports.now + 1s).cpu.usage.value == Approx(30));
  CHECK(requests.sample(reports.now + 4s).cpu.usage.value == 0);  // nothing since its own
  CHECK(reports.sample_after(5s).cpu.usage.value == Approx(30));
}

TEST_CASE("Samples that are too close to each other have the same shares and rates", "[metrics][usage]") {
  HostScene scene("el6");
  scene.sample_after(0s);
  scene.tree.edit("proc/stat", "cpu  1000 50 600 160000", "cpu  1200 50 700 160700");
  scene.tree.edit("proc/diskstats", "dm-0 4800 0 78000", "dm-0 4900 0 78100");
  CHECK(scene.sample_after(0s).first);
  const auto usage = scene.sample_after(5s);
  scene.tree.edit("proc/stat", "cpu  1200 50 700 160700", "cpu  1200 50 700 160701");
  const auto again = scene.sample_after(10ms);
  CHECK(again.cpu.usage.value == usage.cpu.usage.value);
  CHECK(by_name(again.parts, "/").read_per_second.value == by_name(usage.parts, "/").read_per_second.value);
  CHECK(by_name(again.parts, "/").read_per_second.value > 0);
  CHECK(scene.sample_after(5s).cpu.usage.value == 0);
}

TEST_CASE("A disk that comes, vanishes and comes again has sensible rates", "[metrics][usage]") {
  HostScene scene("el6");
  scene.sample_after(0s);
  const std::string with = scene.tree.text("proc/diskstats");
  scene.tree.edit("proc/diskstats", "   8       1 sda1 200 10 1600 100 4 0 16 20 0 100 120\n", "");
  CHECK(by_name(scene.sample_after(5s).parts, "/boot").read_per_second.value == 0);
  // It began at 0 when it came back.
  scene.tree.write("proc/diskstats", with);
  CHECK(by_name(scene.sample_after(5s).parts, "/boot").read_per_second.value == Approx(1600 * 512 / 5.0));
  // Another one under its name has read less.
  scene.tree.edit("proc/diskstats", "sda1 200 10 1600", "sda1 20 10 160");
  CHECK(by_name(scene.sample_after(5s).parts, "/boot").read_per_second.value == Approx(160 * 512 / 5.0));
}

TEST_CASE("A sample without disk counters does not make the next one leap", "[metrics][usage]") {
  HostScene scene("el6");
  scene.sample_after(0s);
  const std::string with = scene.tree.text("proc/diskstats");
  scene.tree.write("proc/diskstats", "");
  CHECK(by_name(scene.sample_after(5s).parts, "/").read_per_second.value == 0);
  scene.tree.write("proc/diskstats", with);
  CHECK(by_name(scene.sample_after(5s).parts, "/").read_per_second.value == 0);
}

TEST_CASE("A sample without the times of the CPUs does not make the next one wrong", "[metrics][usage]") {
  HostScene scene("el6");
  scene.sample_after(0s);
  scene.tree.edit("proc/stat", "cpu  1000 50 600 160000", "cpu  61000 50 600 220000");
  const std::string later = scene.tree.text("proc/stat");
  scene.tree.write("proc/stat", "cpu  12 garbage");
  scene.sample_after(295s);
  scene.tree.write("proc/stat", later);
  // 60000 of 120000 ticks in 600 s of two CPUs
  CHECK(scene.sample_after(305s).cpu.usage.value == Approx(50));
}

TEST_CASE("More CPUs after the first sample are counted from then on", "[metrics][usage]") {
  HostScene scene("el6");
  scene.sample_after(0s);
  scene.tree.write("proc/stat", "cpu  1500 50 600 161500 800 10 40 0 0\ncpu0 1\ncpu1 1\ncpu2 1\ncpu3 1\n");
  CHECK(scene.sample_after(5s).cpu.usage.value == Approx(25));
}

TEST_CASE("The rates of a btrfs are those of all its devices", "[metrics][usage]") {
  HostScene scene("btrfs");
  const auto usage = scene.sample_after(0s);
  CHECK(by_name(usage.parts, "/").read_per_second.value == Approx(4000 * 512 / 1000.0));
  CHECK(by_name(usage.parts, "/").in_flight == 3);
  CHECK(by_name(usage.parts, "/data").written_per_second.value == Approx(500 * 512 / 1000.0));
}

TEST_CASE("A partition is as full as df says", "[metrics][usage]") {
  HostScene scene("el6");
  const auto usage = scene.sample_after(0s);
  const auto& root = by_name(usage.parts, "/");
  CHECK(root.used == 1000);
  CHECK(root.free == 900);
  CHECK(root.usage.value == Approx(100.0 * 1000 / 1900));
  CHECK(root.inodes_used == 10);
  CHECK(root.inodes_free == 90);
  CHECK(root.inodes_usage.value == Approx(10));
  CHECK(root.unmeasured.empty());
}

TEST_CASE("A partition that cannot be measured is reported without usage and says why", "[metrics][usage]") {
  HostScene scene("ubuntu22");
  host::Measured refused;
  refused.problem = "Permission denied";
  host::Measured hidden;
  hidden.kind = host::Measured::Kind::hidden;
  scene.answer("/boot/efi", refused);
  scene.answer("/backup", hidden);
  const auto usage = scene.sample_after(0s);
  CHECK(by_name(usage.parts, "/boot/efi").unmeasured == "Permission denied");
  CHECK(by_name(usage.parts, "/backup").unmeasured == "hidden");
  CHECK(by_name(usage.parts, "/home/dev").unmeasured == "automount");
  CHECK(by_name(usage.parts, "/boot/efi").used == 0);
  CHECK(by_name(usage.parts, "/").used == 1000);
  CHECK(scene.warnings == 1);
}

TEST_CASE("No automounted file system is ever asked", "[metrics][usage]") {
  HostScene scene("ubuntu22");
  auto asked = std::make_shared<std::vector<std::string>>();
  scene.options.measure = [asked](const std::string& prefix, const host::FileSystem& system) {
    for (const host::Mount& place : system.places) asked->push_back(prefix + place.point);
    return HostScene::half_full();
  };
  scene.sample_after(0s);
  scene.facts();
  REQUIRE_FALSE(asked->empty());
  for (const std::string& path : *asked) {
    CHECK(path.starts_with(scene.tree.root().string()));
    CHECK(path.find("/home") == path.npos);
    CHECK(path.find("binfmt_misc") == path.npos);
  }
}

TEST_CASE("Single files that are mounted in a container are no partitions", "[metrics][usage]") {
  HostScene scene("container_v2");
  host::Measured file;
  file.kind = host::Measured::Kind::file;
  scene.answer("/etc/hosts", file);
  const auto usage = scene.sample_after(0s);
  REQUIRE(usage.parts.size() == 2);
  CHECK(usage.parts[0].name == "/");
  CHECK(usage.parts[1].name == "/data");
}

TEST_CASE("Mounts that come and go are seen at the next sample", "[metrics][usage]") {
  HostScene scene("sles11");
  CHECK(scene.sample_after(0s).parts.size() == 2);
  scene.tree.edit("proc/1/mountinfo", "14 12 8:3 / /data rw,relatime - reiserfs /dev/sda3 rw\n", "");
  CHECK(scene.sample_after(5s).parts.size() == 1);
  scene.tree.edit("proc/1/mountinfo", "13 12", "15 12 8:4 / /new rw - ext3 /dev/sda4 rw\n13 12");
  CHECK(scene.sample_after(5s).parts.size() == 2);
}

TEST_CASE("Files that are missing, empty, cut or binary give a sample all the same", "[metrics][usage]") {
  for (const char* text : {"", "\n", "cpu", "\xff\xfe\xfd", "a b c d e f g h\n", ": : :\n"}) {
    HostScene scene("el6");
    for (const char* file : {"proc/stat", "proc/loadavg", "proc/meminfo", "proc/diskstats", "proc/net/dev",
                             "proc/1/mountinfo", "proc/filesystems", "proc/uptime"})
      scene.tree.write(file, text);
    scene.sample_after(0s);
    const auto usage = scene.sample_after(5s);
    CHECK(usage.cpu.usage.value == 0);
    CHECK(usage.memory.used == 0);
    REQUIRE(usage.parts.size() == 1);
    CHECK(usage.parts[0].name == "/");
    CHECK(scene.facts().parts.size() == 1);
  }
  HostScene scene("container_v1");  // has nearly none of the files
  std::filesystem::remove_all(scene.tree.root() / "proc");
  CHECK(scene.sample_after(0s).parts.size() == 1);
  CHECK(scene.warnings > 0);
}

TEST_CASE("Lines of 64 KiB are read over", "[metrics][usage]") {
  HostScene scene("el6");
  const std::string line(64 * 1024, '7');
  for (const char* file : {"proc/stat", "proc/meminfo", "proc/diskstats", "proc/net/dev", "proc/1/mountinfo"})
    scene.tree.write(file, line + "\n" + scene.tree.text(file));
  const auto usage = scene.sample_after(0s);
  CHECK(usage.cpu.usage.value == Approx(100.0 * 1700 / 162500));
  CHECK(usage.memory.used > 0);
  CHECK(usage.parts.size() == 3);
  CHECK(usage.interfaces.size() == 2);
}

TEST_CASE("Ten thousand mounts are sampled", "[metrics][usage]") {
  HostScene scene("el6");
  std::string text = "20 1 253:0 / / rw - ext4 /dev/mapper/vg-root rw\n";
  for (int i = 100; i < 10'100; ++i)
    text += std::to_string(i) + " 20 8:" + std::to_string(i) + " / /m/" + std::to_string(i) +
            " rw - ext4 /dev/x rw\n";
  scene.tree.write("proc/1/mountinfo", text);
  CHECK(scene.sample_after(0s).parts.size() == 10'001);
}

TEST_CASE("Every captured system gives a whole first sample", "[metrics][usage]") {
  struct Expected {
    const char* tree;
    double cpu;
    std::size_t parts;
    double root_read_per_second;
  };
  const auto expected = GENERATE(values<Expected>({
      {"el6", 100.0 * 1700 / 162500, 3, 78000 * 512 / 864000.25},
      {"el7_first", 100.0 * 200 / 200000, 1, 0},
      {"el8", 100.0 * 5000 / 200500, 4, 250000 * 512 / 1000.0},
      {"el9", 100.0 * 500 / 20000, 2, 81920 * 512 / 100.0},
      {"sles11", 100.0 * 2000 / 50000, 2, 800 * 512 / 500.0},
      {"sles12", 100.0 * 1000 / 40000, 2, 8000 * 512 / 400.0},
      {"sles15", 100.0 * 1000 / 40000, 3, 2048 * 512 / 200.0},
      {"ubuntu12", 100.0 * 1000 / 10000, 1, 1024 * 512 / 100.0},
      {"ubuntu14", 100.0 * 1000 / 10000, 1, 5000 * 512 / 100.0},
      {"ubuntu16", 100.0 * 2000 / 40000, 2, 7000 * 512 / 200.0},
      {"ubuntu18", 100.0 * 1500 / 60000, 2, 9000 * 512 / 300.0},
      {"ubuntu20", 100.0 * 3900 / 80000, 2, 12000 * 512 / 400.0},
      {"ubuntu22", 100.0 * 160000 / 40000000, 5, 199000 * 512 / 100000.0},
      {"ubuntu24", 100.0 * 2000 / 20000, 2, 4096 * 512 / 200.0},
      {"alpine", 100.0 * 300 / 6000, 2, 0},
      {"container_v2", 100.0 * 15000 / 2000000, 3, 0},
      {"btrfs", 0, 2, 4000 * 512 / 1000.0},
      {"zfs", 100.0 * 1500 / 100000, 3, 0},
  }));
  INFO(expected.tree);
  HostScene scene(expected.tree);
  const auto usage = scene.sample_after(0s);
  CHECK(usage.first);
  CHECK(usage.cpu.usage.value == Approx(expected.cpu));
  CHECK(usage.parts.size() == expected.parts);
  CHECK(by_name(usage.parts, "/").read_per_second.value == Approx(expected.root_read_per_second));
  CHECK(scene.sample_after(5s).cpu.usage.value == 0);
}

TEST_CASE("ZFS's cache is told beside the memory that is used", "[metrics][usage]") {
  HostScene scene("zfs");
  const auto usage = scene.sample_after(0s);
  CHECK(usage.memory.zfs == 20480000000 - 1024000000);
  CHECK(usage.memory.used + usage.memory.available == 32000000ULL * 1024);
}
