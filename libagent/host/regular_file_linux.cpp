#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agent/error.hpp"
#include "host/regular_file.hpp"

namespace agent::host {
namespace {

FileFacts facts_of(const struct stat& status) {
  auto modified =
      std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return {static_cast<std::uint64_t>(status.st_size), std::chrono::system_clock::time_point(modified)};
}

// A link (ELOOP), a socket (ENXIO) and a missing directory are all "no such regular file".
bool is_absence(int error) {
  return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENXIO || error == ENAMETOOLONG;
}

Error not_regular(const std::string& path) {
  return Error(Errc::not_found, "open " + path + ": not a regular file");
}

FileHandle open_for_reading(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer. It has no effect on regular files.
  FileHandle file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), path);
  if (file.is_open()) return file;
  Error failure = system_error("open " + path, errno);
  if (errno == ELOOP || errno == ENXIO) throw not_regular(path);
  if (is_absence(errno)) throw Error(Errc::not_found, std::string(failure.text()));
  throw failure;
}

}  // namespace

std::optional<FileFacts> regular_file_facts(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return facts_of(status);
}

RegularFile::RegularFile(const std::string& path) : handle_(open_for_reading(path)) {
  struct stat status {};
  if (::fstat(handle_.descriptor(), &status) != 0) throw system_error("stat " + path, errno);
  if (!S_ISREG(status.st_mode)) throw not_regular(path);
  facts_ = facts_of(status);
}

}  // namespace agent::host
