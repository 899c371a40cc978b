// Temperature sensors: hwmon, or thermal zones where it has none (the kernel's hwmon/sysfs-interface and
// thermal/sysfs-api). Listing reads names only; reading one asks its chip, which may take a second or hang.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine_files.hpp"

namespace host {

struct Sensor {
  std::string name;   // "coretemp_core_0", and of several with one name "nvme_composite_0000:03:00.0"
  std::string input;  // the file to read, below the root: "sys/class/hwmon/hwmon0/temp1_input"
  std::string about;  // its whole path without links; the same one as long as the device is there
};

// By chip. Left out: sensors that say they are switched off or broken, those of devices that sleep, and those
// of disks that turn: asking for their temperature may keep them from standing still.
//
// Several of one name get the address of their device behind it, or their number within one device: neither
// depends on the order in which drivers came up.
std::vector<Sensor> list_sensors(MachineFiles& files);

// Degrees Celsius of a text in thousandths. nullopt for anything else, and for what no machine survives:
// below -100 or above 200, as broken sensors tell.
std::optional<double> parse_temperature(std::string_view text);

// "0000:03:00.0" of "/sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/hwmon3": the part of a
// device's path that stays the same after a reboot. Chips on an I2C bus have the address of the bus before
// their own.
std::string stable_address(std::string_view path);

}  // namespace host
