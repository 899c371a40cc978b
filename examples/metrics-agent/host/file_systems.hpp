// FileSystem: one file system that is reported, once however often it is mounted. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mount_table.hpp"

namespace host {

// Which file systems are reported. "/" always is.
//
// Patterns have * for anything, ? for one character and [a-z], also across '/'.
struct MountFilter {
  // Types beside the usual ones, which are: those with a device of their own (ext4, xfs, btrfs, vfat, …),
  // zfs, and those of a network (nfs, cifs, ceph, 9p, …). "tmpfs" adds RAM disks, "*" is for all but autofs.
  std::vector<std::string> types;
  // Types that are not reported. Images that are always full are left out anyway (squashfs, erofs, iso9660,
  // cramfs, romfs, udf) unless `types` names them.
  std::vector<std::string> not_types;
  // Mount points that are not reported: "/mnt/*".
  std::vector<std::string> not_mounts;
};

// Types whose subvolumes are mounted by themselves, each with a device number that the table of mounts does
// not show.
bool has_subvolumes(const std::string& type);

struct FileSystem {
  std::uint32_t major = 0;  // of its device
  std::uint32_t minor = 0;
  std::string type;
  std::string source;
  bool remote = false;        // its server may not answer
  bool expiring = false;      // looking at it would keep an automounter from taking it away
  bool may_wait = true;       // waiting_mounts() has one of its places
  std::vector<Mount> places;  // where it is mounted, at least one; the first is the best to name it
};

// The file systems of a table of mounts, in the order in which they were mounted. `file_systems`: the text of
// /proc/filesystems, which names the types with a device; where it names none, a source in /dev/ is a device.
std::vector<FileSystem> choose_file_systems(const std::vector<Mount>& mounts, const MountFilter& filter,
                                            std::string_view file_systems);

// What the report shows of its mount options: as mounted, and "bind" when only a
// directory of it is mounted there. A subvolume is no directory.
std::vector<std::string> shown_options(const Mount& mount);

// The name matches one of the patterns.
bool matches_any(const std::vector<std::string>& patterns, const std::string& name);

}  // namespace host
