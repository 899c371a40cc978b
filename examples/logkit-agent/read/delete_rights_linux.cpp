#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "delete_rights.hpp"

namespace logkit {
namespace {

namespace fs = std::filesystem;
using agent::Errc;
using agent::Error;

// An open directory, whatever becomes of its path.
class Directory {
 public:
  // Goes from the root by names that are no links. Throws Errc::not_found.
  explicit Directory(const fs::path& resolved) : descriptor_(::open("/", kFlags)) {
    for (const fs::path& name : resolved.relative_path()) {
      const int next = ::openat(descriptor_, name.c_str(), kFlags);
      ::close(std::exchange(descriptor_, next));
      if (next < 0) throw Error(Errc::not_found, resolved.string() + ": not the directory that it was");
    }
  }
  ~Directory() { ::close(descriptor_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  int descriptor() const { return descriptor_; }

 private:
  static constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int descriptor_;
};

bool is_within(const fs::path& directory, const fs::path& root) {
  const auto [end, ignored] = std::mismatch(root.begin(), root.end(), directory.begin(), directory.end());
  return end == root.end();
}

bool is_same(int directory, const std::string& name, const EntryFile& file) {
  struct stat facts {};
  if (::fstatat(directory, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return S_ISREG(facts.st_mode) && FileKey{facts.st_dev, facts.st_ino} == file.key &&
         static_cast<std::uint64_t>(facts.st_size) == file.size &&
         facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec == file.modified_ns;
}

bool has_other_names(int directory, const std::string& name) {
  struct stat facts {};
  return ::fstatat(directory, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 && facts.st_nlink > 1;
}

// Not over another file, which may have taken the name meanwhile.
void put_back(int directory, const std::string& aside, const std::string& name, const std::string& path) {
  if (::renameat2(directory, aside.c_str(), directory, name.c_str(), RENAME_NOREPLACE) == 0) return;
  const bool is_missing = errno == EINVAL || errno == ENOSYS;  // the file system does not have it
  if (!is_missing || ::linkat(directory, aside.c_str(), directory, name.c_str(), 0) != 0)
    throw agent::system_error(path + ": it is " + aside + " now, for its name could not be given back",
                              errno);
  ::unlinkat(directory, aside.c_str(), 0);
}

}  // namespace

void DeleteRights::remove(const EntryFile& file) const {
  std::error_code error;
  const fs::path parent = fs::canonical(fs::path(file.path).parent_path(), error);
  if (error) throw Error(Errc::not_found, file.path + ": " + error.message());
  const bool is_allowed = std::any_of(directories_.begin(), directories_.end(), [&](const std::string& name) {
    const fs::path root = fs::canonical(name, error);
    return !error && is_within(parent, root);
  });
  if (!is_allowed) throw Error(Errc::denied, file.path + ": not below a directory of logkit.delete_roots");
  const Directory directory(parent);
  const std::string name = fs::path(file.path).filename().string();
  const std::string aside = ".logkit-deletes-" + new_file_id();
  if (!is_same(directory.descriptor(), name, file))
    throw Error(Errc::not_found, file.path + ": not deleted, for it is not what it was");
  if (has_other_names(directory.descriptor(), name))
    throw Error(Errc::denied, file.path + ": not deleted, for it has another name, too");
  if (::renameat(directory.descriptor(), name.c_str(), directory.descriptor(), aside.c_str()) != 0)
    throw agent::system_error("delete " + file.path, errno);
  if (!is_same(directory.descriptor(), aside, file)) {
    put_back(directory.descriptor(), aside, name, file.path);
    throw Error(Errc::not_found, file.path + ": not deleted, for another file took its place");
  }
  if (::unlinkat(directory.descriptor(), aside.c_str(), 0) != 0)
    throw agent::system_error("delete " + file.path, errno);
}

}  // namespace logkit
