#include <sys/random.h>

#include <cerrno>

#include "agent/error.hpp"
#include "base/random_bytes.hpp"

namespace agent {

void fill_random(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = getrandom(bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw system_error("the random source", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace agent
