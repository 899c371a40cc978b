#include "host/limits/cgroup_places.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace agent::host;

namespace {

std::string v1(const std::string& point, const std::string& options, const std::string& root = "/",
               const std::string& flags = "rw,nosuid,nodev,noexec,relatime") {
  return "31 24 0:27 " + root + " " + point + " " + flags + " shared:9 - cgroup cgroup rw," + options + "\n";
}

std::string v2(const std::string& point, const std::string& root = "/",
               const std::string& flags = "rw,nosuid") {
  return "29 23 0:26 " + root + " " + point + " " + flags + " shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
}

const std::string kRootFs = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";

}  // namespace

TEST_CASE("systemd 219 has every controller on v1", "[host][cgroup]") {
  const std::string mounts = kRootFs + v1("/sys/fs/cgroup/systemd", "xattr,name=systemd") +
                             v1("/sys/fs/cgroup/cpu,cpuacct", "cpuacct,cpu") +
                             v1("/sys/fs/cgroup/memory", "memory") + v1("/sys/fs/cgroup/blkio", "blkio");
  const std::string self =
      "4:memory:/system.slice/a.service\n3:cpuacct,cpu:/system.slice/a.service\n2:blkio:/\n"
      "1:name=systemd:/system.slice/a.service\n";
  const CgroupPlaces places = place_controllers(mounts, self, "");
  CHECK(places.cpu.version == 1);
  CHECK(places.cpu.usable());
  CHECK(places.cpu.own == "/sys/fs/cgroup/cpu,cpuacct/system.slice/a.service");
  CHECK(places.io.own == "/sys/fs/cgroup/blkio");
  CHECK(places.of(Controller::memory).mount == "/sys/fs/cgroup/memory");
  CHECK(places.pids.problem == PlaceProblem::not_mounted);
  CHECK_FALSE(own_v2_group(mounts, self));
}

TEST_CASE("EL 6 mounts controllers below /cgroup, without optional fields", "[host][cgroup]") {
  const std::string mounts = "25 20 0:20 / /cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n";
  const CgroupPlaces places = place_controllers(mounts, "1:cpu:/\n", "");
  CHECK(places.cpu.own == "/cgroup/cpu");
  CHECK(places.cpu.usable());
  CHECK(places.memory.problem == PlaceProblem::not_mounted);
}

TEST_CASE("One v1 hierarchy can hold all controllers without systemd", "[host][cgroup]") {
  const CgroupPlaces places = place_controllers(v1("/sys/fs/cgroup", "cpuset,cpu,memory,blkio,pids"),
                                                "1:cpuset,cpu,memory,blkio,pids:/\n", "");
  CHECK(places.pids.own == "/sys/fs/cgroup");
  CHECK(places.io.usable());
}

TEST_CASE("The unified hierarchy passes on what is delegated", "[host][cgroup]") {
  const std::string self = "0::/system.slice/a:b.service\n";
  const std::string own = "/sys/fs/cgroup/system.slice/a:b.service";
  CHECK(own_v2_group(v2("/sys/fs/cgroup"), self) == own);
  const CgroupPlaces places = place_controllers(v2("/sys/fs/cgroup"), self, "cpu memory pids\n");
  CHECK(places.cpu.version == 2);
  CHECK(places.cpu.own == own);
  CHECK(places.pids.usable());
  CHECK(places.io.problem == PlaceProblem::not_delegated);
  CHECK(explain(places.io.problem).find("Delegate=yes") != std::string_view::npos);
}

TEST_CASE("What the topmost group does not list the kernel does not have", "[host][cgroup]") {
  const CgroupPlaces places = place_controllers(v2("/sys/fs/cgroup"), "0::/\n", "cpuset cpu io pids\n");
  CHECK(places.io.usable());
  CHECK(places.memory.problem == PlaceProblem::not_mounted);
}

TEST_CASE("On a hybrid system each controller is where it is mounted", "[host][cgroup]") {
  const std::string mounts = v2("/sys/fs/cgroup/unified") + v1("/sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct");
  const std::string self = "2:cpu,cpuacct:/\n0::/system.slice/a.service\n";
  const CgroupPlaces places = place_controllers(mounts, self, "memory\n");
  CHECK(places.cpu.version == 1);
  CHECK(places.memory.version == 2);
  CHECK(places.memory.own == "/sys/fs/cgroup/unified/system.slice/a.service");
  CHECK(places.pids.problem == PlaceProblem::not_delegated);
}

TEST_CASE("A container's read-only controllers are named so", "[host][cgroup]") {
  const std::string docker = v1("/sys/fs/cgroup/memory", "memory", "/docker/ab12", "ro,nosuid");
  CHECK(place_controllers(docker, "3:memory:/docker/ab12\n", "").memory.problem == PlaceProblem::read_only);
  const std::string nspawn = v2("/sys/fs/cgroup", "/", "ro,nosuid");
  CHECK(place_controllers(nspawn, "0::/\n", "cpu memory\n").memory.problem == PlaceProblem::read_only);
}

TEST_CASE("A container sees its part of the hierarchy at the mount point", "[host][cgroup]") {
  const std::string pod = "/kubepods/burstable/pod1/c1";
  const std::string mounts = v1("/sys/fs/cgroup/memory", "memory", pod);
  CHECK(place_controllers(mounts, "3:memory:" + pod + "\n", "").memory.own == "/sys/fs/cgroup/memory");
  CHECK(place_controllers(mounts, "3:memory:" + pod + "/x\n", "").memory.own == "/sys/fs/cgroup/memory/x");
  CHECK(place_controllers(mounts, "3:memory:" + pod + "2\n", "").memory.problem == PlaceProblem::not_visible);
}

TEST_CASE("A group outside of the namespace, or gone, is not visible", "[host][cgroup]") {
  for (const std::string group : {"/../../init.scope", "/a.service (deleted)"}) {
    const CgroupPlaces places = place_controllers(v2("/sys/fs/cgroup"), "0::" + group + "\n", "cpu\n");
    CHECK(places.cpu.problem == PlaceProblem::not_visible);
  }
}

TEST_CASE("The usable one of several mounts of a hierarchy is taken", "[host][cgroup]") {
  const std::string mounts = v1("/a", "memory", "/", "ro") + v1("/b\\040c", "memory");
  CHECK(place_controllers(mounts, "3:memory:/x\n", "").memory.own == "/b c/x");
  const std::string hidden = v1("/a", "memory") + v1("/a", "memory", "/", "ro");
  CHECK(place_controllers(hidden, "3:memory:/x\n", "").memory.problem == PlaceProblem::read_only);
}

TEST_CASE("Accounting and freezing are controllers of v1, and of every group on v2", "[host][cgroup]") {
  const std::string mounts =
      v1("/sys/fs/cgroup/cpuacct", "cpuacct") + v1("/sys/fs/cgroup/freezer", "freezer");
  const CgroupPlaces on_v1 = place_controllers(mounts, "2:cpuacct:/a\n3:freezer:/b\n", "");
  CHECK(on_v1.cpuacct.own == "/sys/fs/cgroup/cpuacct/a");
  CHECK(on_v1.freezer.own == "/sys/fs/cgroup/freezer/b");
  CHECK(on_v1.cpu.problem == PlaceProblem::not_mounted);
  const CgroupPlaces on_v2 = place_controllers(v2("/sys/fs/cgroup"), "0::/a.service\n", "");
  CHECK(on_v2.cpuacct.usable());
  CHECK(on_v2.freezer.own == "/sys/fs/cgroup/a.service");
  CHECK(on_v2.cpu.problem == PlaceProblem::not_delegated);
}

TEST_CASE("Texts that say nothing place nothing", "[host][cgroup]") {
  for (const std::string text : {"", "\n\n", "31 24 - cgroup", "nonsense - cgroup2 x\n", ":::\n:\n"}) {
    const CgroupPlaces places = place_controllers(text, text, text);
    CHECK(places.cpu.problem == PlaceProblem::not_mounted);
    CHECK_FALSE(own_v2_group(text, text));
  }
}

TEST_CASE("The bound has the originals' path on v1 and lies one level down on v2", "[host][cgroup]") {
  const std::string mounts = v1("/sys/fs/cgroup/memory", "memory") + v2("/sys/fs/cgroup/unified");
  const CgroupPlaces own = place_controllers(mounts, "3:memory:/x\n0::/a.service\n", "cpu\n");
  CgroupPlaces bound = bound_below(own, "exec-agent");
  CHECK(bound.memory.own == "/sys/fs/cgroup/memory/x/jkstack/agent/exec-agent");
  CHECK(bound.cpu.own == "/sys/fs/cgroup/unified/a.service/jkstack-exec-agent");
  bound.memory.shared = true;
  CHECK(bound.below("left").memory.own == bound.memory.own);
  CHECK(bound.below("left").cpu.own == bound.cpu.own + "/left");
}
