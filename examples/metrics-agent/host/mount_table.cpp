#include "mount_table.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "text_scan.hpp"

namespace host {
namespace {

bool has_word(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == wanted) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

// A mount can be read-only, and so can the whole file system, as after an error of the disk.
std::vector<std::string> split_options(std::string_view list, bool super_read_only) {
  std::vector<std::string> options;
  if (super_read_only) options.emplace_back("ro");
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view option = list.substr(0, end);
    const bool overruled = super_read_only && (option == "rw" || option == "ro");
    if (!option.empty() && !overruled) options.push_back(without_escapes(option));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return options;
}

bool parse_device(std::string_view text, Mount& mount) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return false;
  const auto major = number_in(text.substr(0, colon));
  const auto minor = number_in(text.substr(colon + 1));
  if (!major || !minor || *major > ~std::uint32_t{0} || *minor > ~std::uint32_t{0}) return false;
  mount.major = static_cast<std::uint32_t>(*major);
  mount.minor = static_cast<std::uint32_t>(*minor);
  return true;
}

// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"; before the "-" any number
// of fields, and a source may be empty.
std::optional<Mount> parse_line(std::string_view line) {
  Mount mount;
  const auto id = number_in(take_word(line));
  const auto parent = number_in(take_word(line));
  if (!id || !parent || !parse_device(take_word(line), mount)) return std::nullopt;
  mount.id = *id;
  mount.parent = *parent;
  mount.root = without_escapes(take_word(line));
  mount.point = without_escapes(take_word(line));
  const std::string_view options = take_word(line);
  std::string_view word;
  do word = take_word(line);
  while (!word.empty() && word != "-");
  mount.type = without_escapes(take_word(line));
  if (mount.type.empty() || !mount.point.starts_with('/')) return std::nullopt;
  const std::size_t last = stripped(line).rfind(' ');
  const std::string_view rest = stripped(line);
  mount.super_options = rest.substr(last == rest.npos ? 0 : last + 1);
  mount.source = last == rest.npos ? std::string() : without_escapes(stripped(rest.substr(0, last)));
  mount.options = split_options(options, has_word(mount.super_options, "ro"));
  return mount;
}

std::string place_key(std::uint64_t parent, std::string_view point) {
  return std::to_string(parent).append(1, ' ').append(point);
}

// Answers for mounts by id, one after the other, each asking for its parent first.
template <class Ask>
class ByParent {
 public:
  ByParent(const std::vector<Mount>& mounts, Ask ask) : ask_(std::move(ask)) {
    for (const Mount& mount : mounts) by_id_.emplace(mount.id, &mount);
  }

  // Whether it holds for the mount or for one of those that it lies on.
  bool holds(const Mount& mount) {
    if (const auto known = answers_.find(mount.id); known != answers_.end()) return known->second;
    std::vector<const Mount*> path;
    bool answer = false;
    for (const Mount* at = &mount; at != nullptr && !answer && path.size() <= by_id_.size();
         at = parent_of(*at)) {
      path.push_back(at);
      const auto known = answers_.find(at->id);
      answer = known != answers_.end() ? known->second : ask_(*at);
      if (known != answers_.end()) break;
    }
    for (const Mount* at : path) answers_[at->id] = answer;
    return answer;
  }

 private:
  const Mount* parent_of(const Mount& mount) const {
    const auto found = by_id_.find(mount.parent);
    return found == by_id_.end() || found->second == &mount ? nullptr : found->second;
  }

  Ask ask_;
  std::unordered_map<std::uint64_t, const Mount*> by_id_;
  std::unordered_map<std::uint64_t, bool> answers_;
};

class Covers {
 public:
  explicit Covers(const std::vector<Mount>& mounts) {
    for (const Mount& mount : mounts)
      if (mount.id != mount.parent) places_.insert(place_key(mount.parent, mount.point));
  }

  // Another one is mounted on its root.
  bool cover(const Mount& mount) const { return places_.contains(place_key(mount.id, mount.point)); }

  // Another one on the same parent is mounted at a directory above, so that no path leads to this one. That
  // may be the parent's own root.
  bool shadow(const Mount& mount) const {
    std::string_view above = mount.point;
    while (above.size() > 1) {
      above = above.substr(0, std::max<std::size_t>(above.rfind('/'), 1));
      if (places_.contains(place_key(mount.parent, above))) return true;
    }
    return false;
  }

 private:
  std::unordered_set<std::string> places_;
};

bool is_automounter(const Mount& mount) {
  return mount.type == "autofs" && !has_word(mount.super_options, "timeout=0");
}

// "server:/export/sub" on "server:/export": the kernel's own mount of another file system of the server.
bool is_submount(const Mount& mount, const Mount& parent) {
  constexpr std::string_view kTypes[] = {"nfs", "nfs4", "cifs", "smb3", "afs", "ceph"};
  return std::find(std::begin(kTypes), std::end(kTypes), mount.type) != std::end(kTypes) &&
         mount.type == parent.type && mount.id != parent.id && !parent.source.empty() &&
         mount.source.starts_with(parent.source);
}

bool may_wait(const Mount& mount) {
  constexpr std::string_view kAnswerFromMemory[] = {"devtmpfs", "ext2",  "ext3", "ext4",
                                                    "ramfs",    "tmpfs", "vfat", "xfs"};
  return std::find(std::begin(kAnswerFromMemory), std::end(kAnswerFromMemory), mount.type) ==
         std::end(kAnswerFromMemory);
}

template <class Ask>
std::vector<std::uint64_t> ids_by_parent(const std::vector<Mount>& mounts, Ask ask) {
  ByParent answers(mounts, std::move(ask));
  std::vector<std::uint64_t> ids;
  for (const Mount& mount : mounts)
    if (answers.holds(mount)) ids.push_back(mount.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty())
    if (auto mount = parse_line(take_line(text))) mounts.push_back(std::move(*mount));
  return mounts;
}

std::vector<Mount> below_prefix(std::vector<Mount> mounts, std::string_view prefix) {
  std::vector<Mount> below;
  for (Mount& mount : mounts) {
    const bool inside =
        mount.point == prefix || (mount.point.starts_with(prefix) && mount.point[prefix.size()] == '/');
    if (!inside) continue;
    mount.point.erase(0, prefix.size());
    if (mount.point.empty()) mount.point = "/";
    below.push_back(std::move(mount));
  }
  return below;
}

std::vector<Mount> visible_mounts(const std::vector<Mount>& mounts) {
  const Covers covers(mounts);
  ByParent shadowed(mounts, [&covers](const Mount& mount) { return covers.shadow(mount); });
  std::vector<Mount> visible;
  for (const Mount& mount : mounts)
    if (!covers.cover(mount) && !shadowed.holds(mount)) visible.push_back(mount);
  return visible;
}

std::vector<std::uint64_t> expiring_mounts(const std::vector<Mount>& mounts) {
  std::unordered_map<std::uint64_t, const Mount*> by_id;
  for (const Mount& mount : mounts) by_id.emplace(mount.id, &mount);
  return ids_by_parent(mounts, [&by_id](const Mount& mount) {
    const auto parent = by_id.find(mount.parent);
    return is_automounter(mount) || (parent != by_id.end() && is_submount(mount, *parent->second));
  });
}

std::vector<std::uint64_t> waiting_mounts(const std::vector<Mount>& mounts) {
  return ids_by_parent(mounts, may_wait);
}

}  // namespace host
