#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "agent/error.hpp"
#include "base/replace_file.hpp"

namespace agent {
namespace {

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (!real) throw system_error("resolve " + path, errno);
  return real.get();
}

// A new file with a random name beside `target`; removed unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) : name_(target + ".XXXXXX") {
    file_ = ::mkostemp(name_.data(), O_CLOEXEC);  // mode 0600
    if (file_ < 0) throw system_error("create " + name_, errno);
  }
  ~TemporaryFile() {
    if (file_ >= 0) ::close(file_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view content) {
    while (!content.empty()) {
      const ssize_t written = ::write(file_, content.data(), content.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) throw system_error("write " + name_, errno);
      content.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  // Owner before mode: chown clears the set-id bits, and the mode may open the file to the group.
  void take_over(const struct stat& original) {
    struct stat mine {};
    if (::fstat(file_, &mine) != 0) throw system_error("stat " + name_, errno);
    const bool same = mine.st_uid == original.st_uid && mine.st_gid == original.st_gid;
    if (!same && ::fchown(file_, original.st_uid, original.st_gid) != 0) {
      throw system_error("keep the owner in " + name_, errno);
    }
    if (::fchmod(file_, original.st_mode & 07777) != 0)
      throw system_error("keep the mode in " + name_, errno);
  }

  void rename_to(const std::string& target) {
    if (::fsync(file_) != 0) throw system_error("sync " + name_, errno);
    if (::rename(name_.c_str(), target.c_str()) != 0) throw system_error("rename to " + target, errno);
    name_.clear();
  }

 private:
  std::string name_;
  int file_ = -1;
};

void sync_directory_of(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) throw system_error("open " + folder, errno);
  const int failed =
      ::fsync(directory) != 0 && errno != EINVAL ? errno : 0;  // EINVAL: not for directories here
  ::close(directory);
  if (failed) throw system_error("sync " + folder, failed);
}

}  // namespace

void replace_file(const std::string& path, std::string_view content) {
  const std::string target = real_path(path);
  struct stat original {};
  if (::stat(target.c_str(), &original) != 0) throw system_error("stat " + target, errno);
  TemporaryFile temporary(target);
  temporary.take_over(original);
  temporary.write(content);
  temporary.rename_to(target);
  sync_directory_of(target);
}

}  // namespace agent
