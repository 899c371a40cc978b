#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "agent/error.hpp"
#include "host/temp_file.hpp"

namespace agent::host {
namespace {

namespace fs = std::filesystem;

fs::path directory_or_default(const fs::path& directory) {
  if (!directory.empty()) return directory;
  std::error_code failed;
  fs::path found = fs::temp_directory_path(failed);
  return failed ? fs::path("/tmp") : found;
}

// mkostemp gives mode 0600. O_TMPFILE would save the name's short life, but not every file system has it.
int make_nameless(const fs::path& directory) {
  std::string name = directory_or_default(directory) / "agent-XXXXXX";
  int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) throw system_error("make a temporary file " + name, errno);
  ::unlink(name.c_str());
  return descriptor;
}

}  // namespace

TempFile::TempFile(const fs::path& directory) : handle_(make_nameless(directory)) {}

void TempFile::write(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::pwrite(handle_.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error("write a temporary file", errno);
    offset += static_cast<std::uint64_t>(count);
    size_ = std::max(size_, offset);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string TempFile::read(std::uint64_t offset, std::size_t count) const {
  if (offset >= size_) return {};
  std::string out(std::min<std::uint64_t>(count, size_ - offset), '\0');
  std::size_t done = 0;
  while (done < out.size()) {
    ssize_t got = ::pread(handle_.descriptor(), out.data() + done, out.size() - done,
                          static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error("read a temporary file", errno);
    if (got == 0) throw Error(Errc::io, "read a temporary file: it ends early");
    done += static_cast<std::size_t>(got);
  }
  return out;
}

}  // namespace agent::host
