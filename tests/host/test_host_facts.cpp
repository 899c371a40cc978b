#include <sys/utsname.h>

#include <catch2/catch.hpp>

#include "agent/host.hpp"
#include "tests/host/sample_tree.hpp"

namespace agent::host {
namespace {

constexpr const char* kTwoProcessors =
    "processor\t: 0\nmodel name\t: AMD EPYC 7B13\nphysical id\t: 0\ncore id\t: 0\ncpu cores\t: 1\n\n"
    "processor\t: 1\nmodel name\t: AMD EPYC 7B13\nphysical id\t: 0\ncore id\t: 0\ncpu cores\t: 1\n\n";

void write_siblings(SampleTree& tree, int cpu, const std::string& file, const std::string& list) {
  tree.write("sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/" + file, list + "\n");
}

TEST_CASE("Host facts come from the files below the root", "[host]") {
  SampleTree tree;
  tree.write("etc/debian_version", "12.11\n")
      .write("proc/cpuinfo", kTwoProcessors)
      .write("proc/meminfo", "MemTotal:       24684084 kB\nMemFree:        24295052 kB\n");
  HostFacts facts = read_host_facts(tree.root());
  CHECK(facts.os == "linux");
  CHECK(facts.platform == "debian");
  CHECK(facts.platform_version == "12.11");
  CHECK(facts.cpu == "AMD EPYC 7B13");
  CHECK(facts.cpu_core == 1);
  CHECK(facts.memory == 24684084ULL * 1024);
}

TEST_CASE("Host name, kernel version and machine are those of uname", "[host]") {
  utsname kernel{};
  REQUIRE(uname(&kernel) == 0);
  HostFacts facts = read_host_facts();
  CHECK(facts.host_name == kernel.nodename);
  CHECK(facts.kernel_version == kernel.release);
  CHECK(facts.arch == kernel.machine);
}

TEST_CASE("Hyper-threads of one core count once", "[host]") {
  auto file = GENERATE(as<std::string>(), "core_cpus_list", "thread_siblings_list");
  SampleTree tree;
  tree.write("proc/cpuinfo", kTwoProcessors);
  write_siblings(tree, 0, file, "0,2");
  write_siblings(tree, 1, file, "1,3");
  write_siblings(tree, 2, file, "0,2");
  write_siblings(tree, 3, file, "1,3");
  CHECK(read_host_facts(tree.root()).cpu_core == 2);
}

TEST_CASE("Other directories beside the CPUs and CPUs that are off line are no cores", "[host]") {
  SampleTree tree;
  write_siblings(tree, 0, "core_cpus_list", "0");
  write_siblings(tree, 10, "core_cpus_list", "10");
  tree.write("sys/devices/system/cpu/cpu11/online", "0\n");
  tree.write("sys/devices/system/cpu/cpufreq/topology/core_cpus_list", "77\n");
  tree.write("sys/devices/system/cpu/cpu/topology/core_cpus_list", "78\n");
  CHECK(read_host_facts(tree.root()).cpu_core == 2);
}

TEST_CASE("CPUs that are off line are no cores though they keep their topology", "[host]") {
  SampleTree tree;
  for (int cpu = 0; cpu < 4; ++cpu) write_siblings(tree, cpu, "core_cpus_list", std::to_string(cpu));
  tree.write("sys/devices/system/cpu/online", "0,2-3\n");
  CHECK(read_host_facts(tree.root()).cpu_core == 3);
  CHECK(read_online_cpus(tree.root()) == std::vector<unsigned>{0, 2, 3});
}

TEST_CASE("A list of CPUs is read as the kernel writes it", "[host]") {
  using Cpus = std::vector<unsigned>;
  CHECK(parse_cpu_list("0-3,8\n") == Cpus{0, 1, 2, 3, 8});
  CHECK(parse_cpu_list("8, 1 ,1-2\nnext line 9") == Cpus{1, 2, 8});
  CHECK(parse_cpu_list("").empty());
  CHECK(parse_cpu_list("3-1,x,-2,5-,99999999999,0-99999999\n").empty());
  CHECK(parse_cpu_list("0-65535\n").size() == 65536);
}

TEST_CASE("CPUs on line are counted without a list of them, too", "[host]") {
  SampleTree tree;
  tree.write("proc/stat", "cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu2 1 2 3 4\n");
  CHECK(read_online_cpus(tree.root()) == std::vector<unsigned>{0, 2});
  tree.write("proc/cpuinfo", "vendor_id : IBM/S390\nprocessor 0: version = FF\nprocessor 1: version = FF\n");
  CHECK(read_online_cpus(tree.root()) == std::vector<unsigned>{0, 1});
  tree.write("proc/cpuinfo", kTwoProcessors);
  CHECK(read_online_cpus(tree.root()) == std::vector<unsigned>{0, 1});
  CHECK(read_online_cpus(SampleTree().root()).empty());
}

TEST_CASE("The cores of all packages are added up without a topology", "[host]") {
  SampleTree tree;
  tree.write(
      "proc/cpuinfo",
      "processor : 0\nphysical id : 0\ncpu cores : 4\n\nprocessor : 1\nphysical id : 0\ncpu cores : 4\n\n"
      "processor : 2\nphysical id : 1\ncpu cores : 4\n");
  CHECK(read_host_facts(tree.root()).cpu_core == 8);
}

TEST_CASE("Each processor is a core without a topology and core counts", "[host]") {
  SampleTree tree;
  tree.write("proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 50.00\n\nprocessor\t: 1\nBogoMIPS\t: 50.00\n");
  HostFacts facts = read_host_facts(tree.root());
  CHECK(facts.cpu_core == 2);
  CHECK(facts.cpu == "unknown");
}

TEST_CASE("Facts whose files are missing are unknown", "[host]") {
  SampleTree tree;
  HostFacts facts = read_host_facts(tree.root());
  CHECK(facts.os == "linux");
  CHECK(facts.platform.empty());
  CHECK(facts.platform_version.empty());
  CHECK(facts.cpu == "unknown");
  CHECK(facts.cpu_core == 0);
  CHECK(facts.memory == 0);
}

TEST_CASE("The machine of this test has cores and memory", "[host]") {
  HostFacts facts = read_host_facts();
  CHECK(facts.cpu_core >= 1);
  CHECK(facts.memory >= 64ULL * 1024 * 1024);
  CHECK(facts.memory == read_total_memory());
}

}  // namespace
}  // namespace agent::host
