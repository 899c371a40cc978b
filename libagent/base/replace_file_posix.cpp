#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "agent/error.hpp"
#include "base/file_handle.hpp"
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
    const int descriptor = ::mkostemp(name_.data(), O_CLOEXEC);  // mode 0600
    if (descriptor < 0) throw system_error("create " + name_, errno);
    file_ = FileHandle(descriptor, name_);
  }
  ~TemporaryFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view content) { file_.write(content); }

  // Owner before mode: chown clears the set-id bits, and the mode may open the file to the group.
  void take_over(const struct stat& original) {
    const int file = file_.descriptor();
    struct stat mine {};
    if (::fstat(file, &mine) != 0) throw system_error("stat " + name_, errno);
    const bool same = mine.st_uid == original.st_uid && mine.st_gid == original.st_gid;
    if (!same && ::fchown(file, original.st_uid, original.st_gid) != 0) {
      throw system_error("keep the owner in " + name_, errno);
    }
    if (::fchmod(file, original.st_mode & 07777) != 0) throw system_error("keep the mode in " + name_, errno);
  }

  void give(const FileAccess& access) {
    if (access.has_owner && ::fchown(file_.descriptor(), access.user, access.group) != 0) {
      throw system_error("change the owner of " + name_, errno);
    }
    if (::fchmod(file_.descriptor(), access.mode) != 0)
      throw system_error("change the mode of " + name_, errno);
  }

  void rename_to(const std::string& target) {
    file_.sync();
    if (::rename(name_.c_str(), target.c_str()) != 0) throw system_error("rename to " + target, errno);
    name_.clear();
  }

 private:
  std::string name_;
  FileHandle file_;
};

void sync_directory_of(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  const FileHandle directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder);
  if (!directory.is_open()) throw system_error("open " + folder, errno);
  const bool synced = ::fsync(directory.descriptor()) == 0 || errno == EINVAL;  // not for directories here
  if (!synced) throw system_error("sync " + folder, errno);
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

void put_file(const std::string& path, std::string_view content, const FileAccess& access) {
  TemporaryFile temporary(path);
  temporary.give(access);
  temporary.write(content);
  temporary.rename_to(path);
  sync_directory_of(path);
}

}  // namespace agent
