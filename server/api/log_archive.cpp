#include "api/log_archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "agent/error.hpp"

namespace server {
namespace {

// Without a name nobody else can open it, and it is gone when we are.
int open_unlinked(const std::string& directory) {
  int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0) return descriptor;
  std::string name = directory + "/archive-XXXXXX";  // file systems without O_TMPFILE
  descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) throw agent::system_error("create " + name, errno);
  ::unlink(name.c_str());
  return descriptor;
}

}  // namespace

LogArchive::LogArchive(const std::string& directory, const agent::wire::LogDownloadInfo& announced)
    : size_(announced.size), announced_md5_(announced.md5) {
  if (size_ > kArchiveMax) {
    throw agent::Error(agent::Errc::too_large,
                       fmt::format("the archive has {} bytes, more than {}", size_, kArchiveMax));
  }
  etag_ = '"' + agent::hex(announced_md5_) + '"';
  descriptor_ = open_unlinked(directory);
}

LogArchive::~LogArchive() { ::close(descriptor_); }

void LogArchive::append(std::string_view bytes) {
  if (bytes.size() > missing()) {
    throw agent::Error(agent::Errc::bad_message, fmt::format("more data than the announced {} bytes", size_));
  }
  md5_.update(bytes);
  while (!bytes.empty()) {
    ssize_t n = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(received_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw agent::system_error("write archive", errno);
    received_ += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void LogArchive::check() {
  if (md5_.finish() != announced_md5_) throw agent::Error(agent::Errc::bad_message, "invalid checksum");
}

std::string LogArchive::read(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    ssize_t n = ::pread(descriptor_, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw agent::system_error("read archive", errno);
    if (n == 0) throw agent::Error(agent::Errc::io, "read archive: unexpected end");
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

}  // namespace server
