#include "disk_list.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "text_scan.hpp"

namespace host {
namespace {

using agent::wire::DiskFacts;

constexpr std::uint64_t kSector = 512;  // bytes, in sysfs whatever the disk has
constexpr std::string_view kNoDisks[] = {"loop", "ram", "zram", "dm-", "md", "sr", "fd", "drbd", "bcache"};

bool is_no_disk(std::string_view name) {
  return std::any_of(std::begin(kNoDisks), std::end(kNoDisks), [&](std::string_view prefix) {
    const std::string_view rest = name.substr(std::min(prefix.size(), name.size()));
    return name.starts_with(prefix) && !rest.empty() &&
           (prefix.back() == '-' || (rest[0] >= '0' && rest[0] <= '9'));
  });
}

// udev writes blanks as "_", as its names of links need.
std::string model_by_udev(const std::string& directory, MachineFiles& files) {
  const std::string number = files.read_line(directory + "/dev");
  std::string_view text = files.read("run/udev/data/b" + number);
  constexpr std::string_view kKey = "E:ID_MODEL=";
  while (!number.empty() && !text.empty()) {
    const std::string_view line = take_line(text);
    if (!line.starts_with(kKey)) continue;
    std::string model(stripped(line.substr(kKey.size())));
    std::replace(model.begin(), model.end(), '_', ' ');
    return std::string(stripped(model));
  }
  return {};
}

std::string model_of(const std::string& directory, MachineFiles& files) {
  std::string model = files.read_line(directory + "/device/model");
  if (model.empty()) model = model_by_udev(directory, files);
  if (model.empty()) model = files.read_line(directory + "/device/name");  // memory cards
  return model;
}

std::string type_of(const std::string& name, const std::string& directory, MachineFiles& files) {
  if (name.starts_with("nvme")) return "NVMe";
  return files.read_line(directory + "/queue/rotational") == "1" ? "HDD" : "SSD";
}

std::vector<std::string> partitions_of(const std::string& directory, const MachineFiles& files) {
  std::vector<std::string> partitions;
  for (const std::string& name : files.list(directory))
    if (files.exists(directory + "/" + name + "/partition")) partitions.push_back("/dev/" + name);
  return partitions;
}

// The device-mapper device that joins the paths to one disk; "" when this is the only path.
std::string multipath_of(const std::string& directory, MachineFiles& files) {
  for (const std::string& holder : files.list(directory + "/holders"))
    if (files.read_line(directory + "/holders/" + holder + "/dm/uuid").starts_with("mpath-")) return holder;
  return {};
}

// "cciss!c0d0" is /dev/cciss/c0d0.
std::string device_path(std::string name) {
  std::replace(name.begin(), name.end(), '!', '/');
  return name;
}

}  // namespace

std::vector<DiskFacts> list_disks(MachineFiles& files) {
  std::vector<DiskFacts> disks;
  std::set<std::string> joined;
  for (const std::string& name : files.list("sys/block")) {
    const std::string directory = "sys/block/" + name;
    const std::uint64_t sectors = is_no_disk(name) ? 0 : count_in(files.read_line(directory + "/size"));
    if (sectors == 0 || files.read_line(directory + "/hidden") == "1") continue;
    if (const std::string path = multipath_of(directory, files); !path.empty() && !joined.insert(path).second)
      continue;
    DiskFacts disk;
    disk.model = model_of(directory, files);
    disk.total = sectors > ~std::uint64_t{0} / kSector ? ~std::uint64_t{0} : sectors * kSector;
    disk.type = type_of(name, directory, files);
    for (const std::string& partition : partitions_of(directory, files))
      disk.parts.push_back(device_path(partition));
    disks.push_back(std::move(disk));
  }
  return disks;
}

}  // namespace host
