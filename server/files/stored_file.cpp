#include "files/stored_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "agent/error.hpp"

namespace server {
namespace {

// Without a name nobody else can open it, and it is gone when we are.
agent::FileHandle open_unlinked(const std::string& directory) {
  const std::string title = "the cache";  // in errors
  agent::FileHandle file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), title);
  if (file.is_open()) return file;
  std::string name = directory + "/stored-XXXXXX";  // file systems without O_TMPFILE
  file = agent::FileHandle(::mkostemp(name.data(), O_CLOEXEC), title);
  if (!file.is_open()) throw agent::system_error("create " + name, errno);
  ::unlink(name.c_str());
  return file;
}

}  // namespace

StoredFile::StoredFile(const std::string& directory) : file_(open_unlinked(directory)) {}

std::string StoredFile::read(std::uint64_t offset, std::size_t count) const {
  std::string bytes = file_.read_at(offset, count);
  if (bytes.size() < count) throw agent::Error(agent::Errc::io, "read from the cache: unexpected end");
  return bytes;
}

}  // namespace server
