#include <sys/ioctl.h>
#include <sys/stat.h>

#include "unread_bytes.hpp"

namespace logkit {

std::uint64_t unread_bytes(int descriptor) {
  int count = 0;
  struct stat facts {};
  if (::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode)) return 0;
  return ::ioctl(descriptor, FIONREAD, &count) == 0 && count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

}  // namespace logkit
