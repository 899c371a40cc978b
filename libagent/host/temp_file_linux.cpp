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
FileHandle make_nameless(const fs::path& directory) {
  std::string name = directory_or_default(directory) / "agent-XXXXXX";
  FileHandle file(::mkostemp(name.data(), O_CLOEXEC), "a temporary file");
  if (!file.is_open()) throw system_error("make a temporary file " + name, errno);
  ::unlink(name.c_str());
  return file;
}

}  // namespace

TempFile::TempFile(const fs::path& directory) : handle_(make_nameless(directory)) {}

void TempFile::write(std::uint64_t offset, std::string_view bytes) {
  handle_.write_at(offset, bytes);
  size_ = std::max(size_, offset + bytes.size());
}

std::string TempFile::read(std::uint64_t offset, std::size_t count) const {
  if (offset >= size_) return {};
  const auto there = static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset));
  std::string bytes = handle_.read_at(offset, there);
  if (bytes.size() < there) throw Error(Errc::io, "read a temporary file: it ends early");
  return bytes;
}

}  // namespace agent::host
