#include "file_systems.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "text_scan.hpp"
#include "wildcards.hpp"

namespace host {
namespace {

constexpr std::string_view kRemote[] = {
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "fuse.beegfs",
    "fuse.ceph",
    "fuse.cephfs",
    "fuse.glusterfs",
    "fuse.juicefs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "panfs",
    "smb2",
    "smb3",
    "smbfs",
    "virtiofs",
    "vboxsf",
    "vmhgfs",
    "fuse.vmhgfs-fuse",
};
constexpr std::string_view kFullImages[] = {"cramfs", "erofs", "iso9660", "romfs", "squashfs", "udf"};

template <std::size_t size>
bool is_one_of(const std::string_view (&list)[size], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

// The types with a device, lines such as "\text4"; the others are "nodev\ttmpfs".
std::set<std::string, std::less<>> types_with_device(std::string_view text) {
  std::set<std::string, std::less<>> types;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const std::string_view type = take_word(line);
    if (!type.empty() && take_word(line).empty()) types.emplace(type);
  }
  return types;
}

class Choice {
 public:
  Choice(const MountFilter& filter, std::string_view file_systems)
      : filter_(filter), with_device_(types_with_device(file_systems)) {}

  bool takes(const Mount& mount) const {
    if (mount.type == "autofs") return false;
    if (mount.point == "/") return true;
    if (matches_any(filter_.not_types, mount.type) || matches_any(filter_.not_mounts, mount.point))
      return false;
    return matches_any(filter_.types, mount.type) || is_usual(mount);
  }

 private:
  bool is_usual(const Mount& mount) const {
    if (is_one_of(kFullImages, mount.type)) return false;
    if (mount.type == "zfs" || is_one_of(kRemote, mount.type)) return true;
    if (with_device_.empty()) return mount.source.starts_with("/dev/");
    // The list has "fuseblk" for "fuseblk.ntfs".
    return with_device_.contains(std::string_view(mount.type).substr(0, mount.type.find('.')));
  }

  const MountFilter& filter_;
  std::set<std::string, std::less<>> with_device_;
};

// The machine's root, then a mount of the whole file system, then the shortest path.
bool is_better_place(const Mount& a, const Mount& b) {
  const auto rank = [](const Mount& mount) {
    return std::tuple(mount.point != "/", mount.root != "/", mount.point.size());
  };
  return rank(a) < rank(b);
}

std::uint64_t device_of(const Mount& mount) { return std::uint64_t{mount.major} << 32 | mount.minor; }

FileSystem begin_file_system(const Mount& mount) {
  FileSystem begun;
  begun.major = mount.major;
  begun.minor = mount.minor;
  begun.type = mount.type;
  begun.source = mount.source;
  begun.remote = is_one_of(kRemote, mount.type);
  return begun;
}

// Without a table there is still a root.
FileSystem unknown_root() {
  FileSystem root;
  root.places.emplace_back();
  root.places.front().point = "/";
  return root;
}

// A file system that can be reached without the automounter is reached so.
void drop_expiring(FileSystem& system, const std::vector<std::uint64_t>& expiring) {
  const auto expires = [&](const Mount& place) {
    return std::binary_search(expiring.begin(), expiring.end(), place.id);
  };
  system.expiring = std::all_of(system.places.begin(), system.places.end(), expires);
  if (!system.expiring) std::erase_if(system.places, expires);
}

}  // namespace

bool matches_any(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_pattern(pattern, name); });
}

bool has_subvolumes(const std::string& type) { return type == "btrfs" || type == "bcachefs"; }

std::vector<std::string> shown_options(const Mount& mount) {
  std::vector<std::string> options = mount.options;
  if (mount.root != "/" && !mount.root.empty() && !has_subvolumes(mount.type)) options.emplace_back("bind");
  return options;
}

std::vector<FileSystem> choose_file_systems(const std::vector<Mount>& mounts, const MountFilter& filter,
                                            std::string_view file_systems) {
  const Choice choice(filter, file_systems);
  const std::vector<std::uint64_t> expiring = expiring_mounts(mounts);
  const std::vector<std::uint64_t> waiting = waiting_mounts(mounts);
  std::unordered_map<std::uint64_t, std::size_t> known;
  std::vector<FileSystem> chosen;
  bool has_root = false;
  for (Mount& mount : visible_mounts(mounts)) {
    if (!choice.takes(mount)) continue;
    has_root = has_root || mount.point == "/";
    const auto [place, is_new] = known.try_emplace(device_of(mount), chosen.size());
    if (is_new) chosen.push_back(begin_file_system(mount));
    chosen[place->second].places.push_back(std::move(mount));
  }
  for (FileSystem& system : chosen) {
    drop_expiring(system, expiring);
    system.may_wait = std::any_of(system.places.begin(), system.places.end(), [&waiting](const Mount& place) {
      return std::binary_search(waiting.begin(), waiting.end(), place.id);
    });
    std::stable_sort(system.places.begin(), system.places.end(), is_better_place);
  }
  if (!has_root) chosen.insert(chosen.begin(), unknown_root());
  return chosen;
}

}  // namespace host
