// When the operating system was installed. Blocks for a few microseconds.
#pragma once

#include <cstdint>

#include "machine_files.hpp"

namespace host {

// Seconds since the Unix epoch, 0 when nothing tells. By what the installers of distributions leave behind
// (/var/log/installer, /root/anaconda-ks.cfg), else by the moment at which the root file system was made: its
// own, or that of /lost+found; else by the age of /etc/machine-id. In an image that is copied to many
// machines it is the image's. Package files do not count, whose dates are those of their makers.
std::int64_t install_time(const MachineFiles& files);

}  // namespace host
