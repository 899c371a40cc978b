#include "data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "agent/error.hpp"
#include "base/directory.hpp"

namespace server {
namespace {

[[noreturn]] void refuse(const std::string& directory, int code) {
  if (code != EWOULDBLOCK) throw agent::system_error("lock " + directory, code);
  throw agent::Error(agent::Errc::io,
                     "data_dir " + directory + " belongs to another agent-server that is running");
}

}  // namespace

DataDir::DataDir(const std::string& path) {
  agent::make_directories(path, 0700);
  const std::string file = path + "/lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) throw agent::system_error("open " + file, errno);
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  const int code = errno;
  ::close(lock_);
  refuse(path, code);
}

DataDir::~DataDir() { ::close(lock_); }

}  // namespace server
