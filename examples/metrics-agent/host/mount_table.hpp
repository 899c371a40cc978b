// What is mounted where: /proc/<pid>/mountinfo (proc(5)). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace host {

// One mount, with the escapes of the kernel undone.
struct Mount {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::uint32_t major = 0;  // of the device; 0 for what has none of its own, then `minor` tells them apart
  std::uint32_t minor = 0;
  std::string root;                  // the directory of the file system that is mounted: "/" all of it
  std::string point;                 // where: "/home"
  std::vector<std::string> options;  // of the mount, "ro" in front where the file system itself is read-only
  std::string type;                  // "ext4"
  std::string source;                // "/dev/sda1", "server:/export"
  std::string super_options;         // of the file system
};

// Lines that are cut or make no sense are left out. A text of 10,000 lines takes some milliseconds.
std::vector<Mount> parse_mountinfo(std::string_view text);

// As seen by somebody who sees the machine's root at `prefix` ("/host"): mounts elsewhere are left out, and
// the others have the prefix taken off.
std::vector<Mount> below_prefix(std::vector<Mount> mounts, std::string_view prefix);

// The mounts that a path leads to: without those that another one has been mounted over.
std::vector<Mount> visible_mounts(const std::vector<Mount>& mounts);

// The ids of all mounts at or below one that is taken away when nobody has used it for a while: by an
// automounter (autofs with a timeout), or by a network file system that mounts what lies below an export by
// itself. Looking at them would count as use. Ascending.
std::vector<std::uint64_t> expiring_mounts(const std::vector<Mount>& mounts);

// The ids of all mounts at or below one whose driver may wait when it is asked how full it is, or on the way
// there: for a server, for a program, or for a disk. Ascending. The kernel answers from memory for the
// others: ext2 to ext4, xfs, tmpfs, and vfat once it has counted its clusters.
std::vector<std::uint64_t> waiting_mounts(const std::vector<Mount>& mounts);

}  // namespace host
