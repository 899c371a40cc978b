#include "disk_devices.hpp"

#include <algorithm>
#include <optional>

#include "text_scan.hpp"

namespace host {
namespace {

// "8:17\n"
std::optional<DeviceNumber> parse_number(std::string_view text) {
  text = stripped(text);
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto major = number_in(text.substr(0, colon));
  const auto minor = number_in(text.substr(std::min(colon + 1, text.size())));
  if (!major || !minor) return std::nullopt;
  return DeviceNumber(static_cast<std::uint32_t>(*major), static_cast<std::uint32_t>(*minor));
}

std::optional<DeviceNumber> number_of(const std::string& name, MachineFiles& files) {
  return parse_number(files.read("sys/class/block/" + name + "/dev"));
}

// "/dev/mapper/vg-root" is "dm-0" to the kernel.
std::string kernel_name(const std::string& source, MachineFiles& files) {
  constexpr std::string_view kDevices = "/dev/";
  constexpr std::string_view kMapper = "/dev/mapper/";
  if (!source.starts_with(kDevices)) return {};
  if (!source.starts_with(kMapper)) return source.substr(kDevices.size());
  for (const std::string& name : files.list("sys/class/block"))
    if (files.read_line("sys/class/block/" + name + "/dm/name") == source.substr(kMapper.size())) return name;
  return {};
}

// All names of the btrfs that has this one among its devices; itself when the kernel does not list them.
std::vector<std::string> btrfs_siblings(const std::string& device, const MachineFiles& files) {
  for (const std::string& id : files.list("sys/fs/btrfs")) {
    std::vector<std::string> names = files.list("sys/fs/btrfs/" + id + "/devices");
    if (std::find(names.begin(), names.end(), device) != names.end()) return names;
  }
  return {device};
}

}  // namespace

std::vector<DeviceNumber> devices_of(const FileSystem& system, MachineFiles& files) {
  if (system.major != 0) return {{system.major, system.minor}};
  const std::string device = kernel_name(system.source, files);
  if (device.empty()) return {};
  std::vector<DeviceNumber> devices;
  for (const std::string& name : btrfs_siblings(device, files))
    if (const auto number = number_of(name, files)) devices.push_back(*number);
  return devices;
}

}  // namespace host
