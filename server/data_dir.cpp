#include "data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "agent/error.hpp"

namespace server {
namespace {

// Names the key that decides where it is: whoever starts a server without a file has never seen the path.
[[noreturn]] void fail(const std::string& directory, const std::string& what, int code) {
  const std::string cause = agent::system_error(what, code).what();
  throw agent::Error(agent::Errc::io, "data_dir = " + directory + ": " + cause +
                                          "; set data_dir to a directory that this user may write");
}

void make_private_directory(const std::string& path, const std::string& directory) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return;
  const std::string above = std::filesystem::path(path).parent_path().string();
  if (errno != ENOENT || above == path) fail(directory, "make " + path, errno);
  make_private_directory(above, directory);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail(directory, "make " + path, errno);
}

[[noreturn]] void refuse(const std::string& directory, int code) {
  if (code != EWOULDBLOCK) fail(directory, "lock it", code);
  throw agent::Error(agent::Errc::io,
                     "data_dir " + directory + " belongs to another agent-server that is running");
}

}  // namespace

DataDir::DataDir(const std::string& path) {
  make_private_directory(path, path);
  const std::string file = path + "/lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) fail(path, "open " + file, errno);
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  const int code = errno;
  ::close(lock_);
  refuse(path, code);
}

DataDir::~DataDir() { ::close(lock_); }

}  // namespace server
