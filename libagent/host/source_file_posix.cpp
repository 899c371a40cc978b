// SourceFile.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "agent/error.hpp"
#include "agent/files.hpp"
#include "base/digest.hpp"
#include "host/open_file.hpp"

namespace agent {
namespace {

bool is_same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool is_unchanged(const struct stat& before, const struct stat& now) {
  return before.st_size == now.st_size && is_same_time(before.st_mtim, now.st_mtim);
}

}  // namespace

struct SourceFile::Impl {
  Impl(const std::string& the_path, const AllowedDirectories& allowed)
      : path(the_path), handle(host::open_source(path, allowed, status)) {}

  [[noreturn]] void fail_changed() const { throw Error(Errc::io, path + ": changed while it was read"); }

  std::uint64_t size() const { return static_cast<std::uint64_t>(status.st_size); }

  std::string read(std::size_t count) {
    std::string bytes(std::min<std::uint64_t>(count, size() - offset), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t got = ::pread(handle->descriptor(), bytes.data() + done, bytes.size() - done,
                                  static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw system_error("read " + path, errno);
      if (got == 0) fail_changed();
      done += static_cast<std::size_t>(got);
    }
    offset += bytes.size();
    check();
    return bytes;
  }

  void check() const {
    struct stat now {};
    if (::fstat(handle->descriptor(), &now) != 0) throw system_error("stat " + path, errno);
    if (!is_unchanged(status, now)) fail_changed();
  }

  std::string path;
  struct stat status {};
  host::FileHandlePtr handle;
  std::uint64_t offset = 0;
  Md5 md5;
};

SourceFile::SourceFile(const std::string& path, const AllowedDirectories& allowed)
    : impl_(std::make_unique<Impl>(path, allowed)) {}
SourceFile::~SourceFile() = default;

std::uint64_t SourceFile::size() const { return impl_->size(); }
std::string SourceFile::read(std::size_t count) { return impl_->read(count); }
std::string SourceFile::read_into_digest(std::size_t count) {
  std::string bytes = impl_->read(count);
  impl_->md5.update(bytes);
  return bytes;
}

void SourceFile::rewind() { impl_->offset = 0; }

bool SourceFile::digest(std::size_t count) {
  constexpr std::size_t kPiece = 256 * 1024;
  for (; count > 0 && impl_->offset < impl_->size(); count -= std::min(count, kPiece)) {
    read_into_digest(std::min(count, kPiece));
  }
  return impl_->offset < impl_->size();
}

std::array<std::uint8_t, 16> SourceFile::md5() { return impl_->md5.finish(); }

}  // namespace agent
