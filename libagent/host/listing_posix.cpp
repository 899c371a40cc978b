// list_directory.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "agent/account_names.hpp"
#include "agent/error.hpp"
#include "agent/files.hpp"
#include "host/open_file_posix.hpp"

namespace agent {
namespace {

// Go's bits for what is no permission.
constexpr std::uint32_t kGoDirectory = 1u << 31;
constexpr std::uint32_t kGoLink = 1u << 27;
constexpr std::uint32_t kGoDevice = 1u << 26;
constexpr std::uint32_t kGoPipe = 1u << 25;
constexpr std::uint32_t kGoSocket = 1u << 24;
constexpr std::uint32_t kGoSetUser = 1u << 23;
constexpr std::uint32_t kGoSetGroup = 1u << 22;
constexpr std::uint32_t kGoCharacter = 1u << 21;
constexpr std::uint32_t kGoSticky = 1u << 20;

// Bytes of an entry in the message, besides its texts.
constexpr std::size_t kEntryText = 160;

std::uint32_t type_bits(std::uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return kGoDirectory;
    case S_IFLNK: return kGoLink;
    case S_IFBLK: return kGoDevice;
    case S_IFCHR: return kGoDevice | kGoCharacter;
    case S_IFIFO: return kGoPipe;
    case S_IFSOCK: return kGoSocket;
    default: return 0;
  }
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Names of the directory that `descriptor`, which is taken, is open on.
std::vector<std::string> names_in(int descriptor, const std::string& path) {
  const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(descriptor));
  if (!directory) {
    const int error = errno;
    ::close(descriptor);
    throw system_error("read " + path, error);
  }
  std::vector<std::string> names;
  std::size_t bytes = 0;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr && errno != 0) throw system_error("read " + path, errno);
    if (entry == nullptr) return names;
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    bytes += name.size() + kEntryText;
    if (bytes > kMaxListing) throw Error(Errc::too_large, path + ": too many entries to list");
    names.push_back(name);
  }
}

void add_link(int directory, FileEntry& entry) {
  entry.is_link = true;
  std::string target(PATH_MAX, '\0');
  const ssize_t length = ::readlinkat(directory, entry.name.c_str(), target.data(), target.size());
  if (length > 0) entry.link_target = target.substr(0, static_cast<std::size_t>(length));
  struct stat status {};
  const bool is_directory =
      ::fstatat(directory, entry.name.c_str(), &status, 0) == 0 && S_ISDIR(status.st_mode);
  if (is_directory) entry.mode |= kGoDirectory;
}

FileEntry look_at(int directory, std::string name, AccountNames& accounts) {
  FileEntry entry;
  entry.name = std::move(name);
  struct stat status {};
  if (::fstatat(directory, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return entry;
  entry.mode = go_mode(status.st_mode);
  entry.user = accounts.user(status.st_uid);
  entry.group = accounts.group(status.st_gid);
  entry.size = static_cast<std::uint64_t>(status.st_size);
  entry.modified.seconds = status.st_mtim.tv_sec;
  entry.modified.nanoseconds = static_cast<std::uint32_t>(status.st_mtim.tv_nsec);
  if (S_ISLNK(status.st_mode)) add_link(directory, entry);
  return entry;
}

}  // namespace

std::uint32_t go_mode(std::uint32_t posix_mode) {
  std::uint32_t mode = (posix_mode & 0777) | type_bits(posix_mode);
  if (posix_mode & S_ISUID) mode |= kGoSetUser;
  if (posix_mode & S_ISGID) mode |= kGoSetGroup;
  if (posix_mode & S_ISVTX) mode |= kGoSticky;
  return mode;
}

std::uint32_t posix_permissions(std::uint32_t go_mode) {
  std::uint32_t mode = go_mode & 0777;
  if (go_mode & kGoSetUser) mode |= S_ISUID;
  if (go_mode & kGoSetGroup) mode |= S_ISGID;
  if (go_mode & kGoSticky) mode |= S_ISVTX;
  return mode;
}

std::vector<FileEntry> list_directory(const std::string& path, const AllowedDirectories& allowed) {
  const FileHandle directory = host::open_directory(path, allowed);
  std::vector<std::string> names = names_in(::dup(directory.descriptor()), path);
  std::sort(names.begin(), names.end());
  AccountNames accounts;
  std::vector<FileEntry> entries;
  entries.reserve(names.size());
  std::size_t bytes = 0;
  for (std::string& name : names) {
    const FileEntry& entry = entries.emplace_back(look_at(directory.descriptor(), std::move(name), accounts));
    bytes += kEntryText + entry.name.size() + entry.link_target.size();
    if (bytes > kMaxListing) throw Error(Errc::too_large, path + ": too many entries to list");
  }
  return entries;
}

}  // namespace agent
