#include "agent/memory.hpp"

#include <malloc.h>

#include "host/program_pages.hpp"

namespace agent {
namespace {

// glibc begins with this limit, but raises it with each larger block that is freed, up to 32 MiB: what is
// smaller from then on leaves holes in the heap. Much less than this would have the system clear pages for
// every batch that is sent, and so would a heap that gives back its end at once (128 KiB).
constexpr int kLargeBlock = 4 * 1024 * 1024;
constexpr int kFreeEnd = 8 * 1024 * 1024;

}  // namespace

// Only glibc has heaps for threads, and keeps what is freed.
void share_heap() {
#ifdef M_ARENA_MAX
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  ::mallopt(M_TRIM_THRESHOLD, kFreeEnd);
#endif
}

void release_memory() {
#ifdef M_ARENA_MAX
  ::malloc_trim(0);
#endif
  host::release_program_pages();
}

}  // namespace agent
