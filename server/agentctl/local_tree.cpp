#include "agentctl/local_tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "agent/error.hpp"
#include "base/digest.hpp"

namespace agentctl {

using agent::Errc;
using agent::Error;

namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

agent::FileHandle handle(int descriptor, std::string_view verb, const std::string& name) {
  if (descriptor < 0) throw agent::system_error(fmt::format("{} {}", verb, name), errno);
  return agent::FileHandle(descriptor, name);
}

// /dev/null stays what it is.
const std::string& replaceable(const agent::FileHandle& directory, const std::string& name) {
  struct stat facts {};
  if (::fstatat(directory.descriptor(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return name;
  if (S_ISDIR(facts.st_mode)) throw Error(Errc::io, "write " + name + ": a directory has this name");
  if (!S_ISREG(facts.st_mode) && !S_ISLNK(facts.st_mode))
    throw Error(Errc::io, "write " + name + ": a device, pipe or socket has this name");
  return name;
}

}  // namespace

ArrivingFile::ArrivingFile(agent::FileHandle directory, std::string name, unsigned mode)
    : directory_(std::move(directory)),
      name_(std::move(name)),
      part_(fmt::format(".agentctl-{}.part", agent::random_hex(8))),
      file_(handle(::openat(directory_.descriptor(), part_.c_str(),
                            O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode & 0777),
                   "create", replaceable(directory_, name_))) {}

ArrivingFile::~ArrivingFile() {
  if (!has_arrived_) ::unlinkat(directory_.descriptor(), part_.c_str(), 0);
}

void ArrivingFile::write(std::string_view bytes) {
  file_.write(bytes);
  size_ += bytes.size();
}

void ArrivingFile::begin_again() {
  if (::ftruncate(file_.descriptor(), 0) != 0 || ::lseek(file_.descriptor(), 0, SEEK_SET) != 0)
    throw agent::system_error("write " + name_, errno);
  size_ = 0;
}

// A link of that name is replaced, not followed.
void ArrivingFile::arrive() {
  const int directory = directory_.descriptor();
  if (!file_.close() || ::renameat(directory, part_.c_str(), directory, name_.c_str()) != 0)
    throw agent::system_error("write " + name_, errno);
  has_arrived_ = true;
}

LocalTree::LocalTree(const std::string& root)
    : directory_(handle(::open(root.c_str(), kDirectory), "open", root)), path_(root) {}

LocalTree::LocalTree(agent::FileHandle directory, std::string path)
    : directory_(std::move(directory)), path_(std::move(path)) {}

LocalTree LocalTree::enter(const std::string& name) const {
  const std::string path = path_ + "/" + name;
  if (::mkdirat(directory_.descriptor(), name.c_str(), 0777) != 0 && errno != EEXIST)
    throw agent::system_error("create " + path, errno);
  return {handle(::openat(directory_.descriptor(), name.c_str(), kDirectory | O_NOFOLLOW), "open", path),
          path};
}

agent::FileHandle LocalTree::directory() const {
  return handle(::openat(directory_.descriptor(), ".", kDirectory), "open", path_);
}

}  // namespace agentctl
