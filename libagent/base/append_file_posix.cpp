#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/append_file.hpp"

namespace agent {

bool AppendFile::open(const std::string& path) {
  close();
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
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
