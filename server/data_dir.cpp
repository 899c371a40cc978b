#include "data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "agent/error.hpp"
#include "base/directory.hpp"

namespace server {
namespace {

// Names the key that decides where it is: whoever starts a server without a file has never seen the path.
[[noreturn]] void fail(const std::string& directory, const std::string& cause) {
  throw agent::Error(agent::Errc::io, "data_dir = " + directory + ": " + cause +
                                          "; set data_dir to a directory that this user may write");
}

[[noreturn]] void fail(const std::string& directory, const std::string& what, int code) {
  fail(directory, agent::system_error(what, code).what());
}

[[noreturn]] void refuse(const std::string& directory, int code) {
  if (code != EWOULDBLOCK) fail(directory, "lock it", code);
  throw agent::Error(agent::Errc::io,
                     "data_dir " + directory + " belongs to another agent-server that is running");
}

}  // namespace

DataDir::DataDir(const std::string& path) {
  try {
    agent::make_directories(path, 0700);
  } catch (const agent::Error& error) {
    fail(path, error.what());
  }
  const std::string file = path + "/lock";
  lock_ = agent::FileHandle(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), file);
  if (!lock_.is_open()) fail(path, "open " + file, errno);
  if (::flock(lock_.descriptor(), LOCK_EX | LOCK_NB) != 0) refuse(path, errno);
}

}  // namespace server
