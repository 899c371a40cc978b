#include "agent/memory.hpp"

#include <malloc.h>

#include "host/program_pages.hpp"

namespace agent {

// Only glibc has heaps for threads, and keeps what is freed.
void share_heap() {
#ifdef M_ARENA_MAX
  ::mallopt(M_ARENA_MAX, 1);
#endif
}

void release_memory() {
#ifdef M_ARENA_MAX
  ::malloc_trim(0);
#endif
  host::release_program_pages();
}

}  // namespace agent
