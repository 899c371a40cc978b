// SourceFile.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "agent/error.hpp"
#include "agent/files.hpp"
#include "base/digest.hpp"
#include "host/file_version_posix.hpp"
#include "host/open_file_posix.hpp"
#include "host/temp_file.hpp"

namespace agent {
namespace {

constexpr std::size_t kPiece = 256 * 1024;
// Files without blocks on a disk whose size may be a mere form: 0 in /proc, 4096 in /sys.
constexpr std::uint64_t kFormalSize = 64 * 1024;

// MadeContent: what a file gives whose size tells nothing.
struct MadeContent {
  host::TempFile file;
  std::uint64_t size = 0;
};

}  // namespace

struct SourceFile::Impl {
  Impl(const std::string& the_path, const AllowedDirectories& allowed)
      : path(the_path), handle(host::open_source(path, allowed, status)) {
    end = static_cast<std::uint64_t>(status.st_size);
    if (status.st_blocks == 0 && end <= kFormalSize) take_made_content();
    size = end;
    if (!made) etag = host::entity_tag(status);
  }

  // ---- content that is made while it is read

  // Nothing is taken from a file that has just what its size says, or that only now begins to grow.
  void take_made_content() {
    std::string piece = handle.read_at(0, kPiece);
    if (piece.size() == end || (piece.size() > end && now().st_size > status.st_size)) return;
    if (piece.size() < end && now().st_size != status.st_size) fail("changed while it was read");
    made.emplace();
    for (; !piece.empty(); piece = handle.read_at(made->size, kPiece)) {
      made->file.write(made->size, piece);
      made->size += piece.size();
      if (made->size > kMaxMadeContent) {
        throw Error(Errc::too_large, path + ": is made while it is read, and has more than 64 MiB");
      }
    }
    end = made->size;
  }

  // ---- what stays as it was

  [[noreturn]] void fail(const char* why) const { throw Error(Errc::io, path + ": " + why); }

  struct stat now() const {
    struct stat status_now {};
    if (::fstat(handle.descriptor(), &status_now) != 0) throw system_error("stat " + path, errno);
    return status_now;
  }

  void check() {
    const struct stat opened = now();
    const bool is_rewritten =
        opened.st_size == status.st_size && !host::is_same_time(opened.st_mtim, status.st_mtim);
    if (opened.st_size < status.st_size || is_rewritten) fail("changed while it was read");
    grown = grown || opened.st_size > status.st_size;
    struct stat named {};
    if (::stat(path.c_str(), &named) != 0) return;  // it was removed, and is still whole
    if (named.st_ino != status.st_ino || named.st_dev != status.st_dev)
      fail("was replaced while it was read");
  }

  std::string read_at(std::uint64_t from, std::size_t count) {
    if (made) return made->file.read(from, count);
    std::string bytes = handle.read_at(from, count);
    if (bytes.size() < count) fail("changed while it was read");
    check();
    return bytes;
  }

  std::string read(std::size_t count) {
    std::string bytes =
        read_at(offset, static_cast<std::size_t>(std::min<std::uint64_t>(count, end - offset)));
    offset += bytes.size();
    return bytes;
  }

  const Md5::Value& digest_value() {
    if (!value) value = md5.finish();
    return *value;
  }

  std::string path;
  struct stat status {};
  FileHandle handle;
  std::optional<MadeContent> made;
  std::string etag;
  std::uint64_t size = 0;
  std::uint64_t begin = 0;  // of what is read, and its end
  std::uint64_t end = 0;
  std::uint64_t offset = 0;
  Md5 md5;
  std::optional<Md5::Value> value;
  bool grown = false;
  std::uint64_t verified = 0;
  std::optional<Md5> second;  // of what is read once more
};

SourceFile::SourceFile(const std::string& path, const AllowedDirectories& allowed)
    : impl_(std::make_unique<Impl>(path, allowed)) {}
SourceFile::~SourceFile() = default;

std::uint64_t SourceFile::size() const { return impl_->size; }
const std::string& SourceFile::etag() const { return impl_->etag; }

wire::Time SourceFile::modified() const {
  wire::Time time;
  if (impl_->made) return time;
  time.seconds = impl_->status.st_mtim.tv_sec;
  time.nanoseconds = static_cast<std::uint32_t>(impl_->status.st_mtim.tv_nsec);
  return time;
}

void SourceFile::select(std::uint64_t offset, std::uint64_t length) {
  if (offset > impl_->size || length > impl_->size - offset) {
    throw Error(Errc::bad_message, impl_->path + ": a part that is not within the file");
  }
  impl_->begin = impl_->offset = offset;
  impl_->end = offset + length;
}

std::string SourceFile::read(std::size_t count) { return impl_->read(count); }

std::string SourceFile::read_into_digest(std::size_t count) {
  std::string bytes = impl_->read(count);
  impl_->md5.update(bytes);
  return bytes;
}

void SourceFile::rewind() { impl_->offset = impl_->begin; }

bool SourceFile::digest(std::size_t count) {
  for (; count > 0 && impl_->offset < impl_->end; count -= std::min(count, kPiece)) {
    read_into_digest(std::min(count, kPiece));
  }
  return impl_->offset < impl_->end;
}

const std::array<std::uint8_t, 16>& SourceFile::md5() { return impl_->digest_value(); }

bool SourceFile::verify(std::size_t count) {
  Impl& impl = *impl_;
  if (!impl.grown) return false;
  if (!impl.second) {
    impl.second.emplace();
    impl.verified = impl.begin;
  }
  for (; count > 0 && impl.verified < impl.end; count -= std::min(count, kPiece)) {
    const std::uint64_t wanted = std::min<std::uint64_t>({count, kPiece, impl.end - impl.verified});
    impl.second->update(impl.read_at(impl.verified, static_cast<std::size_t>(wanted)));
    impl.verified += wanted;
  }
  if (impl.verified < impl.end) return true;
  if (impl.second->finish() != impl.digest_value()) impl.fail("changed while it was read");
  impl.grown = false;
  return false;
}

}  // namespace agent
