#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/append_file.hpp"

namespace agent {
namespace {

constexpr mode_t kMode = 0640;
constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;

// A file of somebody else, or of a file system without modes, stays as it is: it can be written all the same.
void set_mode(int file, mode_t mode) { [[maybe_unused]] const int unchanged = ::fchmod(file, mode); }

// Earlier versions left the mode to the umask. /dev/stdout and the like are not ours.
void narrow_mode(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return;
  if ((status.st_mode & 07777 & ~kMode) != 0) set_mode(file, status.st_mode & kMode);
}

}  // namespace

bool AppendFile::open(const std::string& path) {
  file_ = FileHandle(::open(path.c_str(), kFlags | O_EXCL, kMode), path);
  if (is_open()) {
    set_mode(file_.descriptor(), kMode);
  } else {
    file_ = FileHandle(::open(path.c_str(), kFlags, kMode), path);
    if (is_open()) narrow_mode(file_.descriptor());
  }
  return is_open();
}

void AppendFile::sync() {
  if (is_open()) ::fsync(file_.descriptor());  // some files, such as pipes, cannot be synced
}

std::uint64_t AppendFile::size() const { return is_open() ? file_.size() : 0; }

std::optional<AppendFile::Place> AppendFile::place() const {
  struct stat status {};
  if (::fstat(file_.descriptor(), &status) != 0) return std::nullopt;
  return Place{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace agent
