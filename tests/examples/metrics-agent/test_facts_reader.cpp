#include "examples/metrics-agent/host/facts_reader.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "examples/metrics-agent/host/cpu_cores.hpp"
#include "examples/metrics-agent/host/install_time.hpp"
#include "tests/examples/metrics-agent/host_scene.hpp"

using namespace std::chrono_literals;
using metrics_test::by_name;
using metrics_test::CapturedTree;
using metrics_test::HostScene;

namespace {

using Words = std::vector<std::string>;

struct Expected {
  const char* tree;
  const char* platform;
  const char* version;
  std::int64_t physical;
  std::int64_t logical;
  std::uint64_t memory_kib;
};

}  // namespace

TEST_CASE("Systems of every age tell what they are", "[metrics][facts]") {
  const auto expected = GENERATE(values<Expected>({
      {"el6", "centos", "6.10", 2, 2, 1922564},
      {"el7_first", "centos", "7.0.1406", 0, 2, 4000000},
      {"el8", "redhat", "8.9", 1, 2, 3800000},
      {"el9", "rocky", "9.3", 1, 2, 7800000},
      {"sles11", "suse", "11.4", 0, 1, 2000000},
      {"sles12", "suse", "12.5", 0, 1, 3000000},
      {"sles15", "sles", "15.5", 0, 2, 8000000},
      {"ubuntu12", "ubuntu", "12.04", 1, 1, 1000000},
      {"ubuntu14", "ubuntu", "14.04", 0, 1, 1000000},
      {"ubuntu16", "ubuntu", "16.04", 0, 2, 2000000},
      {"ubuntu18", "ubuntu", "18.04", 0, 2, 4000000},
      {"ubuntu20", "ubuntu", "20.04", 0, 2, 8000000},
      {"ubuntu22", "ubuntu", "22.04", 2, 4, 16000000},
      {"ubuntu24", "ubuntu", "24.04", 1, 1, 2000000},
      {"alpine", "alpine", "3.19.1", 0, 1, 500000},
      {"arm64", "debian", "12.5", 4, 4, 0},
      {"hybrid", "", "", 4, 5, 0},
  }));
  INFO(expected.tree);
  HostScene scene(expected.tree);
  const auto facts = scene.facts();
  CHECK(facts.os.name == "linux");
  CHECK(facts.os.platform == expected.platform);
  CHECK(facts.os.platform_version == expected.version);
  CHECK(facts.cpu.physical == expected.physical);
  CHECK(facts.cpu.logical == expected.logical);
  CHECK(facts.cpu.cores.size() == static_cast<std::size_t>(expected.logical));
  CHECK(facts.memory.physical == expected.memory_kib * 1024);
  CHECK_FALSE(facts.kernel.version.empty());
}

TEST_CASE("A host whose root is mounted in a container is described, not the container", "[metrics][facts]") {
  HostScene scene("el6");
  const auto facts = scene.facts();
  CHECK(facts.host.name == "db-1");
  CHECK(facts.host.uptime == 864000250ms);
  CHECK(facts.os.startup.seconds == 1700000000);
  CHECK(facts.memory.swap == 2097148ULL * 1024);
  CHECK(facts.gateway == "192.0.2.1");
  CHECK(facts.nameservers == Words{"192.0.2.53", "192.0.2.54"});
  CHECK(by_name(facts.interfaces, "eth0").addrs == Words{"192.0.2.10/24", "fe80::5eff:fe10:1/64"});
  CHECK(by_name(facts.users, "dba").id == "501");
  REQUIRE(facts.disks.size() == 1);
  CHECK(facts.disks[0].model == "Virtual disk");
  CHECK(facts.disks[0].parts == Words{"/dev/sda1", "/dev/sda2"});
  const auto& part = by_name(facts.parts, "/srv/old files");
  CHECK(part.fstype == "ext4");
  CHECK(part.opts == Words{"ro", "relatime"});
  CHECK(part.total == 2000);
  CHECK(part.inodes == 100);
  CHECK_FALSE(facts.container);
}

TEST_CASE("Links from the host's root lead below it", "[metrics][facts]") {
  CHECK(HostScene("ubuntu22").facts().nameservers == Words{"127.0.0.53"});
}

TEST_CASE("Each logical processor is one entry with its core and highest clock", "[metrics][facts]") {
  const auto cores = HostScene("ubuntu22").facts().cpu.cores;
  REQUIRE(cores.size() == 4);
  CHECK(cores[0].model == "AMD Ryzen 3 2200G");
  CHECK(cores[0].mhz.value == Approx(3700));
  CHECK(cores[1].mhz.value == Approx(1500));
  CHECK(cores[3].processor == 3);
  CHECK(cores[3].core == 1);
  std::int32_t sum = 0;
  for (const auto& core : cores) sum += core.cores;
  CHECK(sum == 4);
}

TEST_CASE("Fast and slow cores are told by their clocks, and CPUs off line are none", "[metrics][facts]") {
  const auto cores = HostScene("hybrid").facts().cpu.cores;
  REQUIRE(cores.size() == 5);
  CHECK(cores[0].mhz.value == Approx(5200));
  CHECK(cores[2].processor == 3);
  CHECK(cores[4].mhz.value == Approx(3900));
  CHECK(cores[4].core == 9);
}

TEST_CASE("ARM, POWER, s390 and x86 tell their CPUs in lines of their own", "[metrics][facts]") {
  CHECK(host::parse_cpuinfo(
            "Processor\t: ARMv7 rev 2\nprocessor\t: 0\nBogoMIPS: 1\n\nprocessor\t: 1\n\nHardware\t: X\n")[1]
            .model == "ARMv7 rev 2");
  const auto power = host::parse_cpuinfo(
      "processor\t: 0\ncpu\t\t: POWER9\nclock\t\t: 3800.000000MHz\n\nplatform: pSeries\n");
  REQUIRE(power.size() == 1);
  CHECK(power[0].model == "POWER9");
  CHECK(power[0].mhz.value == Approx(3800));
  CHECK(host::parse_cpuinfo("vendor_id : IBM/S390\nprocessor 0: version = FF\nprocessor 1: version = FF\n")
            .size() == 2);
  CHECK(host::parse_cpuinfo("").empty());
  CHECK(host::parse_cpuinfo("processor\nprocessor:\nmodel name: x\n").empty());
  const auto cores = HostScene("arm64").facts().cpu.cores;
  REQUIRE(cores.size() == 4);
  CHECK(cores[3].core == 3);
  CHECK(cores[0].physical == 0);  // the kernel says -1
  CHECK(cores[0].mhz.value == Approx(1800));
}

TEST_CASE("A machine with 256 CPUs is told whole", "[metrics][facts]") {
  HostScene scene("hybrid");
  std::string cpuinfo;
  for (int i = 0; i < 256; ++i) {
    cpuinfo += fmt::format(
        "processor\t: {}\nmodel name\t: Big\nphysical id\t: {}\ncore id\t\t: {}\n"
        "cpu cores\t: 64\nflags\t: {}\n\n",
        i, i / 128, i % 64, std::string(1500, 'f'));
    scene.tree.write(fmt::format("sys/devices/system/cpu/cpu{}/topology/core_cpus_list", i),
                     fmt::format("{},{}\n", i % 128, i % 128 + 128));
  }
  scene.tree.write("proc/cpuinfo", cpuinfo).write("sys/devices/system/cpu/online", "0-255\n");
  const auto facts = scene.facts();
  CHECK(facts.cpu.physical == 128);
  CHECK(facts.cpu.logical == 256);
  REQUIRE(facts.cpu.cores.size() == 256);
  CHECK(facts.cpu.cores[255].model == "Big");
  CHECK(facts.cpu.cores[255].physical == 1);
}

TEST_CASE("A system was installed when its installer or its root file system says", "[metrics][facts]") {
  CapturedTree tree("el6");
  const host::MachineFiles files(tree.root());
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  // The oldest file of a package does not count.
  std::filesystem::last_write_time(tree.root() / "etc/passwd",
                                   std::filesystem::file_time_type::clock::now() - 24h * 9000);
  CHECK(host::install_time(files) == Approx(now.count()).margin(3600));
  CHECK(host::install_time(host::MachineFiles(tree.root() / "missing")) == 0);
}

TEST_CASE("Facts that cannot be found out are empty", "[metrics][facts]") {
  HostScene scene("container_v1");
  std::filesystem::remove_all(scene.tree.root() / "proc");
  std::filesystem::remove_all(scene.tree.root() / "sys");
  const auto facts = scene.facts();
  CHECK(facts.cpu.cores.empty());
  CHECK(facts.disks.empty());
  CHECK(facts.gateway.empty());
  CHECK(facts.host.uptime == 0s);
  CHECK(facts.os.startup.is_zero());
  CHECK(agent::encode_message(facts).find("<nil>") == std::string::npos);
}

TEST_CASE("Names that are not UTF-8 leave as JSON all the same", "[metrics][facts]") {
  HostScene scene("el6");
  scene.tree.write("etc/hostname", "h\xf6st\n");
  scene.tree.edit("proc/1/mountinfo", "/srv/old\\040files", "/srv/\xff\\134x");
  const auto facts = scene.facts();
  const std::string text = agent::encode_message(facts);
  CHECK_NOTHROW(agent::Envelope::parse(text));
}

TEST_CASE("The boot time is now less the uptime where the kernel does not tell it", "[metrics][facts]") {
  HostScene scene("container_v2");
  const auto facts = scene.facts();
  CHECK(facts.os.startup.seconds == Approx(facts.time.seconds - 5000).margin(2));
}
