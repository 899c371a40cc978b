#include "commands/spool_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "agent/error.hpp"

namespace server {
namespace {

constexpr std::size_t kHeaderSize = 64;
constexpr std::uint64_t kMagic = 0x316c6f6f7073'6f61;  // "aospool1"

struct Header {
  std::uint64_t magic = kMagic;
  SpoolMark mark;
};
static_assert(sizeof(Header) <= kHeaderSize);

void write_all(int descriptor, const char* data, std::size_t size, std::uint64_t offset) {
  while (size > 0) {
    const ssize_t written = ::pwrite(descriptor, data, size, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw agent::system_error("write the output of a task", written < 0 ? errno : ENOSPC);
    data += written;
    offset += static_cast<std::uint64_t>(written);
    size -= static_cast<std::size_t>(written);
  }
}

std::size_t read_all(int descriptor, char* data, std::size_t size, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(descriptor, data + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw agent::system_error("read the output of a task", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void write_header(int descriptor, const SpoolMark& mark) {
  const Header header{.magic = kMagic, .mark = mark};
  std::array<char, sizeof(Header)> bytes;
  std::memcpy(bytes.data(), &header, sizeof(header));
  write_all(descriptor, bytes.data(), bytes.size(), 0);
}

}  // namespace

SpoolFile SpoolFile::create(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) throw agent::system_error("create " + path, errno);
  SpoolFile file(descriptor);
  write_header(descriptor, file.mark_);
  return file;
}

std::optional<SpoolFile> SpoolFile::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return std::nullopt;
  SpoolFile file(descriptor);
  std::array<char, sizeof(Header)> bytes;
  Header header;
  if (read_all(descriptor, bytes.data(), bytes.size(), 0) != bytes.size()) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof(header));
  const off_t size = ::lseek(descriptor, 0, SEEK_END);
  if (header.magic != kMagic || size < 0 ||
      static_cast<std::uint64_t>(size) < kHeaderSize * (header.mark.kept > 0 ? 1U : 0U) + header.mark.kept)
    return std::nullopt;
  file.mark_ = header.mark;
  return file;
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), mark_(other.mark_) {}

SpoolFile::~SpoolFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void SpoolFile::append(std::string_view bytes, std::uint64_t total, std::uint64_t seq) {
  write_all(descriptor_, bytes.data(), bytes.size(), kHeaderSize + mark_.kept);
  const SpoolMark mark{.kept = mark_.kept + bytes.size(), .total = total, .seq = seq};
  write_header(descriptor_, mark);
  mark_ = mark;
}

std::string SpoolFile::read(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  bytes.resize(read_all(descriptor_, bytes.data(), count, kHeaderSize + offset));
  return bytes;
}

}  // namespace server
