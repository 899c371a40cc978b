#include "examples/metrics-agent/host/container.hpp"

#include <catch2/catch.hpp>

#include "tests/examples/metrics-agent/captured_tree.hpp"

using namespace host;
using metrics_test::CapturedTree;

namespace {

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;

std::optional<ContainerLimits> limits_of(const CapturedTree& tree, std::uint64_t cpus, std::uint64_t memory) {
  MachineFiles files(tree.root());
  return read_container_limits(files, cpus, memory);
}

}  // namespace

TEST_CASE("A container's limits are its group's, version 2", "[metrics][container]") {
  CapturedTree tree("container_v2");
  const auto limits = limits_of(tree, 4, 8 * kGib);
  REQUIRE(limits);
  CHECK(limits->cpus == Approx(1.5));
  CHECK(limits->memory == 536870912);
  MachineFiles files(tree.root());
  const ContainerUse use = read_container_use(files);
  CHECK(use.cpu_nanoseconds == 1'000'000'000);
  CHECK(use.memory == 268435456 - 67108864);
}

TEST_CASE("A container's limits are its group's, version 1", "[metrics][container]") {
  CapturedTree tree("container_v1");
  const auto limits = limits_of(tree, 4, 8 * kGib);
  REQUIRE(limits);
  CHECK(limits->cpus == Approx(2));  // by the CPUs that it may use; its quota is -1
  CHECK(limits->memory == 0);
  tree.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
  tree.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
  CHECK(limits_of(tree, 4, 8 * kGib)->cpus == Approx(0.5));
  CHECK(limits_of(tree, 4, 8 * kGib)->memory == kGib);
  MachineFiles files(tree.root());
  CHECK(read_container_use(files).cpu_nanoseconds == 5'000'000'000);
  CHECK(read_container_use(files).memory == 600000);
}

TEST_CASE("A machine, and a container without limits, has none", "[metrics][container]") {
  CHECK_FALSE(limits_of(CapturedTree("el6"), 2, kGib));
  CapturedTree tree("container_v2");
  tree.write("sys/fs/cgroup/cpu.max", "max 100000\n").write("sys/fs/cgroup/memory.max", "max\n");
  CHECK_FALSE(limits_of(tree, 4, 8 * kGib));
  // Limits that cannot be reached are none.
  tree.write("sys/fs/cgroup/cpu.max", "800000 100000\n").write("sys/fs/cgroup/memory.max", "99999999999\n");
  CHECK_FALSE(limits_of(tree, 4, 8 * kGib));
  tree.write("sys/fs/cgroup/cpu.max", "100000 0\n").write("sys/fs/cgroup/memory.max", "\n");
  CHECK_FALSE(limits_of(tree, 4, 8 * kGib));
}
