#include "files/stored_file.hpp"

#include <fcntl.h>
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
  std::string name = directory + "/stored-XXXXXX";  // file systems without O_TMPFILE
  descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) throw agent::system_error("create " + name, errno);
  ::unlink(name.c_str());
  return descriptor;
}

}  // namespace

StoredFile::StoredFile(const std::string& directory) : descriptor_(open_unlinked(directory)) {}

StoredFile::~StoredFile() { ::close(descriptor_); }

void StoredFile::write(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw agent::system_error("write to the cache", errno);
    offset += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string StoredFile::read(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  for (std::size_t done = 0; done < count;) {
    const ssize_t n =
        ::pread(descriptor_, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw agent::system_error("read from the cache", errno);
    if (n == 0) throw agent::Error(agent::Errc::io, "read from the cache: unexpected end");
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

}  // namespace server
