#include "commands/spool_file.hpp"

#include <fcntl.h>

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

agent::FileHandle open_file(const std::string& path, int flags) {
  return agent::FileHandle(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600),
                           "the output of a task");
}

void write_header(const agent::FileHandle& file, const SpoolMark& mark) {
  const Header header{.magic = kMagic, .mark = mark};
  std::array<char, sizeof(Header)> bytes;
  std::memcpy(bytes.data(), &header, sizeof(header));
  file.write_at(0, {bytes.data(), bytes.size()});
}

}  // namespace

SpoolFile SpoolFile::create(const std::string& path) {
  SpoolFile made(open_file(path, O_CREAT | O_TRUNC));
  if (!made.file_.is_open()) throw agent::system_error("create " + path, errno);
  write_header(made.file_, made.mark_);
  return made;
}

std::optional<SpoolFile> SpoolFile::open(const std::string& path) {
  SpoolFile found(open_file(path, 0));
  if (!found.file_.is_open()) return std::nullopt;
  std::array<char, sizeof(Header)> bytes;
  Header header;
  if (found.file_.read_at(0, bytes) != bytes.size()) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof(header));
  const std::uint64_t least = kHeaderSize * (header.mark.kept > 0 ? 1U : 0U) + header.mark.kept;
  if (header.magic != kMagic || found.file_.size() < least) return std::nullopt;
  found.mark_ = header.mark;
  return found;
}

void SpoolFile::append(std::string_view bytes, std::uint64_t total, std::uint64_t seq) {
  file_.write_at(kHeaderSize + mark_.kept, bytes);
  const SpoolMark mark{.kept = mark_.kept + bytes.size(), .total = total, .seq = seq};
  write_header(file_, mark);
  mark_ = mark;
}

std::string SpoolFile::read(std::uint64_t offset, std::size_t count) const {
  return file_.read_at(kHeaderSize + offset, count);
}

}  // namespace server
