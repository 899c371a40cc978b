#include "store/store_place.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/vfs.h>

#include <cerrno>
#include <filesystem>

#include "agent/error.hpp"

namespace server::store {
namespace {

struct Unfit {
  unsigned long type;
  const char* name;
};

// linux/magic.h, and statfs(2) for those that are not there.
constexpr Unfit kUnfit[] = {
    {0x6969, "NFS"},      {0x517b, "SMB"},      {0xff534d42, "SMB"},    {0xfe534d42, "SMB"},
    {0x01021997, "9p"},   {0x65735546, "FUSE"}, {0x564c, "NCP"},        {0x5346414f, "AFS"},
    {0x73757245, "Coda"}, {0x00c36400, "Ceph"}, {0x0bd00bd0, "Lustre"},
};

[[noreturn]] void fail(const std::string& message) { throw agent::Error(agent::Errc::io, message); }

std::string directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return directory.empty() ? "." : directory;
}

}  // namespace

std::optional<std::string> unfit_file_system(long type) {
  for (const Unfit& unfit : kUnfit)
    if (unfit.type == (static_cast<unsigned long>(type) & 0xffffffff)) return unfit.name;
  return std::nullopt;
}

long StorePlace::file_system_type(const std::string& directory) {
  struct statfs status {};
  if (::statfs(directory.c_str(), &status) != 0)
    throw agent::system_error("look at the file system of " + directory, errno);
  return static_cast<long>(status.f_type);
}

StorePlace::StorePlace(const std::string& path, FileSystemType type) {
  const std::string directory = directory_of(path);
  if (const auto unfit = unfit_file_system(type(directory)))
    fail(directory + " is on " + *unfit +
         ", where a store is damaged sooner or later: set data_dir to a directory on a local disk");
  const std::string file = path + ".lock";
  lock_ = agent::FileHandle(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), file);
  if (!lock_.is_open()) throw agent::system_error("open " + file, errno);
  if (::flock(lock_.descriptor(), LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) throw agent::system_error("lock " + file, errno);
  fail("another process has the store open: one at a time may");
}

}  // namespace server::store
