// TargetFile.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>

#include "agent/error.hpp"
#include "agent/files.hpp"
#include "base/digest.hpp"
#include "host/account_ids.hpp"
#include "host/open_file_posix.hpp"

namespace agent {
namespace {

constexpr std::uint32_t kKeep = static_cast<std::uint32_t>(-1);  // chown: leave it as it is

void check_name(const std::string& name) {
  const bool is_name = !name.empty() && name != "." && name != ".." && name.size() <= NAME_MAX &&
                       name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
  if (!is_name) throw Error(Errc::bad_message, "name: not the name of a file within a directory");
}

std::string join(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

struct Owner {
  std::uint32_t user = kKeep;
  std::uint32_t group = kKeep;

  bool is_set() const { return user != kKeep || group != kKeep; }
};

Owner find_owner(const FileOwnership& ownership) {
  Owner owner;
  if (!ownership.user.empty()) owner.user = host::user_id(ownership.user, owner.group);
  if (!ownership.group.empty()) owner.group = host::group_id(ownership.group);
  return owner;
}

}  // namespace

struct TargetFile::Impl {
  Impl(const std::string& directory_path, const std::string& the_name, const FileOwnership& ownership,
       const AllowedDirectories& allowed)
      : name(the_name), path(join(directory_path, name)), mode(posix_permissions(ownership.mode)) {
    check_name(name);
    owner = find_owner(ownership);
    directory = host::make_directory(directory_path, allowed);
    open();
  }

  ~Impl() {
    if (!temporary.empty()) ::unlinkat(directory.descriptor(), temporary.c_str(), 0);
  }

  // Without a name where the file system can, so that a crash leaves nothing behind.
  void open() {
    int descriptor = ::openat(directory.descriptor(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
      temporary = temporary_name();
      descriptor = ::openat(directory.descriptor(), temporary.c_str(),
                            O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
      if (descriptor < 0) temporary.clear();
    }
    if (descriptor < 0) throw system_error("create " + path, errno);
    file = FileHandle(descriptor, path);
  }

  static std::string temporary_name() { return ".upload-" + random_hex(8); }

  void write(std::string_view bytes) {
    md5.update(bytes);
    file.write(bytes);
    size += bytes.size();
  }

  // Owner before mode: chown clears the set-id bits.
  void set_attributes() {
    if (owner.is_set() && ::fchown(file.descriptor(), owner.user, owner.group) != 0) {
      throw system_error("chown " + path, errno);
    }
    if (::fchmod(file.descriptor(), mode) != 0) throw system_error("chmod " + path, errno);
  }

  void give_name() {
    if (!temporary.empty()) return;
    std::string new_name = temporary_name();
    const std::string unnamed = "/proc/self/fd/" + std::to_string(file.descriptor());
    if (::linkat(AT_FDCWD, unnamed.c_str(), directory.descriptor(), new_name.c_str(), AT_SYMLINK_FOLLOW) !=
        0) {
      throw system_error("create " + path, errno);
    }
    temporary = std::move(new_name);
  }

  void put_in_place() {
    give_name();
    if (::renameat(directory.descriptor(), temporary.c_str(), directory.descriptor(), name.c_str()) != 0) {
      throw system_error("replace " + path, errno);
    }
    temporary.clear();
  }

  void commit_unsynced() {
    set_attributes();
    put_in_place();
  }

  void commit() {
    set_attributes();
    file.sync();
    put_in_place();
    if (::fsync(directory.descriptor()) != 0) throw system_error("sync the directory of " + path, errno);
  }

  std::string name;
  std::string path;
  std::uint32_t mode;
  Owner owner;
  FileHandle directory;
  FileHandle file;
  std::string temporary;  // its name until commit(), "" = it has none
  std::uint64_t size = 0;
  Md5 md5;
};

TargetFile::TargetFile(const std::string& directory, const std::string& name, const FileOwnership& ownership,
                       const AllowedDirectories& allowed)
    : impl_(std::make_unique<Impl>(directory, name, ownership, allowed)) {}
TargetFile::~TargetFile() = default;

const std::string& TargetFile::path() const { return impl_->path; }
void TargetFile::write(std::string_view bytes) { impl_->write(bytes); }
std::uint64_t TargetFile::size() const { return impl_->size; }
std::array<std::uint8_t, 16> TargetFile::md5() { return impl_->md5.finish(); }
void TargetFile::commit() { impl_->commit(); }
void TargetFile::commit_unsynced() { impl_->commit_unsynced(); }

}  // namespace agent
