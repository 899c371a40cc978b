#include <fcntl.h>
#include <sys/stat.h>

#include "install_time.hpp"

namespace host {
namespace {

struct Age {
  std::int64_t birth = 0;   // 0 unknown
  std::int64_t change = 0;  // of the inode: nobody can set it
};

// A link is not followed: it may lead out of the machine's root.
Age age_of(const std::string& path) {
  struct statx found {};
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  if (::statx(AT_FDCWD, path.c_str(), flags, STATX_BTIME | STATX_CTIME, &found) != 0) return {};
  const bool born = (found.stx_mask & STATX_BTIME) != 0;
  return {born ? found.stx_btime.tv_sec : 0, found.stx_ctime.tv_sec};
}

}  // namespace

std::int64_t install_time(const MachineFiles& files) {
  for (const char* left : {"var/log/installer", "root/anaconda-ks.cfg"}) {
    const Age age = age_of(files.path(left));
    if (age.birth > 0 || age.change > 0) return age.birth > 0 ? age.birth : age.change;
  }
  if (const Age root = age_of(files.path("")); root.birth > 0) return root.birth;
  if (const Age made = age_of(files.path("lost+found")); made.change > 0) return made.change;
  return age_of(files.path("etc/machine-id")).change;
}

}  // namespace host
