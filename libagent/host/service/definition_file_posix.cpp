#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "agent/error.hpp"
#include "base/read_file.hpp"
#include "host/service/definition_file.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kMaxDefinition = std::size_t{1} << 20;
constexpr int kMaxCopies = 1000;

}  // namespace

DefinitionLock::DefinitionLock(const std::string& directory)
    : directory_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), directory) {
  if (!directory_.is_open()) throw system_error("open " + directory, errno);
  int failed = 0;
  do failed = ::flock(directory_.descriptor(), LOCK_EX) == 0 ? 0 : errno;
  while (failed == EINTR);
  if (failed != 0) throw system_error("lock " + directory, failed);
}

std::optional<DefinitionFile> read_definition_file(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw system_error("look at " + path, errno);
  }
  DefinitionFile file;
  std::error_code failed;
  if (S_ISLNK(status.st_mode)) file.link = std::filesystem::read_symlink(path, failed).string();
  if (S_ISREG(status.st_mode)) file.text = read_file(path, kMaxDefinition);
  if (S_ISDIR(status.st_mode)) throw system_error("read " + path, EISDIR);
  return file;
}

std::string keep_copy(const std::string& path) {
  for (int i = 1; i <= kMaxCopies; ++i) {
    std::string copy = i == 1 ? path + ".bak" : fmt::format("{}.bak.{}", path, i);
    if (::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, copy.c_str(), 0) == 0) return copy;
    if (errno != EEXIST) throw system_error("keep " + copy, errno);
  }
  throw Error(Errc::io, fmt::format("keep a copy of {}: there are {} already", path, kMaxCopies));
}

bool remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  throw system_error("remove " + path, errno);
}

}  // namespace agent::host
