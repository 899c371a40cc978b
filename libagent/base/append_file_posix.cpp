#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

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
  close();
  file_ = ::open(path.c_str(), kFlags | O_EXCL, kMode);
  if (is_open()) {
    set_mode(file_, kMode);
  } else {
    file_ = ::open(path.c_str(), kFlags, kMode);
    if (is_open()) narrow_mode(file_);
  }
  return is_open();
}

void AppendFile::close() {
  if (is_open()) ::close(file_);
  file_ = -1;
}

std::size_t AppendFile::write(std::string_view data) {
  std::size_t done = 0;
  while (done < data.size()) {
    const ssize_t written = ::write(file_, data.data() + done, data.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
  return done;
}

void AppendFile::sync() {
  if (is_open()) ::fsync(file_);
}

std::uint64_t AppendFile::size() const {
  struct stat status {};
  if (!is_open() || ::fstat(file_, &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace agent
