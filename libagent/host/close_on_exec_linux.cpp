#include "host/close_on_exec.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <limits>

#include "host/bare_syscall_linux.hpp"

namespace agent::host {
namespace {

constexpr long kLastDescriptor = std::numeric_limits<unsigned>::max();

// What the kernel writes for one name in a directory; opendir() would allocate.
struct DirectoryEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t size;
  std::uint8_t type;
  char name[1];
};

// -1 for "." and "..".
int number_of(const char* digits) {
  int number = -1;
  for (; *digits >= '0' && *digits <= '9'; ++digits)
    number = (number < 0 ? 0 : number) * 10 + (*digits - '0');
  return number;
}

void set_close_on_exec(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }
void close_now(int descriptor) { ::close(descriptor); }

// For kernels before 5.11.
void walk_open_descriptors(int first, void (*visit)(int descriptor)) {
  const int directory = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  alignas(DirectoryEntry) std::array<char, 4096> buffer;
  for (;;) {
    const long size = ::syscall(SYS_getdents64, directory, buffer.data(), buffer.size());
    if (size <= 0) break;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const DirectoryEntry*>(buffer.data() + at);
      const int descriptor = number_of(entry->name);
      if (descriptor >= first && descriptor != directory) visit(descriptor);
      at += entry->size;
    }
  }
  ::close(directory);
}

}  // namespace

void close_on_exec_from(int first) {
  if (bare_syscall(SYS_close_range, first, kLastDescriptor, CLOSE_RANGE_CLOEXEC) != 0)
    walk_open_descriptors(first, set_close_on_exec);
}

void close_all() {
  if (bare_syscall(SYS_close_range, 0, kLastDescriptor) != 0) walk_open_descriptors(0, close_now);
}

}  // namespace agent::host
