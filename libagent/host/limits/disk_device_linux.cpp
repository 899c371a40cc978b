#include "host/limits/disk_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "host/proc_text.hpp"

namespace agent::host {
namespace {

// The disks that a device is made of. LVM, LUKS and multipath are dm; md is software RAID.
std::vector<std::string> disks_beneath(const std::filesystem::path& device) {
  std::vector<std::string> disks;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(device / "slaves", failed))
    disks.emplace_back(first_line(read_text(entry.path() / "dev")));
  std::sort(disks.begin(), disks.end());
  return disks;
}

}  // namespace

std::string problem_of_disk_device(DeviceNumber device, const std::string& sys) {
  const std::filesystem::path path = fmt::format("{}/dev/block/{}", sys, to_string(device));
  const std::string uevent = read_text(path / "uevent");
  if (std::string problem = problem_of_device(uevent, read_text(path / "../dev")); !problem.empty())
    return problem == "no such device" ? "no such device: see /proc/partitions" : problem;
  const std::vector<std::string> beneath = disks_beneath(path);
  if (beneath.empty()) return "";
  return fmt::format("{} is made of other disks, which carry the writes: limit those, dev {}",
                     field_of(uevent, "DEVNAME", '='), fmt::join(beneath, " and "));
}

}  // namespace agent::host
