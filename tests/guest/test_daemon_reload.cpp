// Why an agent's bound lies one level below its unit's own group.
#include <filesystem>
#include <map>

#include "tests/guest/unit.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

constexpr std::uint64_t kMega = 1024 * 1024;

// Sets every kind of limit, each a little lower with `level`.
void limit(ControlGroup& group, unsigned level) {
  const CgroupPlaces& places = group_home().value();
  group.set(Controller::cpu, cpu_writes(places.cpu.version, 90 - 10 * level));
  group.set(Controller::memory, memory_writes(places.memory.version, (200 - 20 * level) * kMega, true));
  group.set(Controller::pids, pids_writes(100 - 10 * level));
  DiskLimit limit{.dev = disk()};
  limit.write_bytes.value = (20 - level) * kMega;
  group.set(Controller::io, disk_writes(places.io.version, limit));
}

void pass_on(const ControlGroup& group) {
  for (const std::string& directory : group.directories())
    for (const char* controller : {"+cpu", "+memory", "+io", "+pids"})
      write_to(directory + "/cgroup.subtree_control", controller);
}

bool is_value(const std::string& name) {
  for (const char* end : {".max", ".low", ".min", ".high", ".weight", ".limit_in_bytes", "_us", ".shares",
                          "_device", ".subtree_control", ".group"})
    if (name.ends_with(end)) return true;
  return false;
}

// Every value of a group, by its path.
std::map<std::string, std::string> values_of(const ControlGroup& group) {
  std::map<std::string, std::string> values;
  for (const std::string& directory : group.directories())
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      if (entry.is_regular_file() && is_value(entry.path().filename()))
        values[entry.path()] = read_text(entry.path());
  return values;
}

std::string quota_of(const ControlGroup& group) {
  return group.read(Controller::cpu, group_home()->cpu.version == 2 ? "cpu.max" : "cpu.cfs_quota_us");
}

}  // namespace

TEST_CASE("A reload of systemd resets the unit's own group, and nothing below it") {
  NEEDS_GUEST();
  ControlGroup unit = unit_group();
  TestGroup bound("bound");
  pass_on(bound);
  TestGroup below(bound.below("below"));
  limit(unit, 0);
  limit(bound, 1);
  limit(below, 2);
  // On v1 systemd also removes what is empty, of controllers that the unit does not have.
  const int pid = start_in(below, "exec sleep 60");
  below.wait_until_has(1);
  const auto bound_before = values_of(bound);
  const auto below_before = values_of(below);
  const std::string unit_before = quota_of(unit);
  REQUIRE(bound_before.size() > 10);

  change_another_unit();
  wait_until("systemd has reset the unit's quota", [&] { return quota_of(unit) != unit_before; });
  CHECK(values_of(bound) == bound_before);
  CHECK(values_of(below) == below_before);
  below.kill();
  wait_for(pid);
}
