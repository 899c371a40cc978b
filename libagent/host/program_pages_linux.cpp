#include "host/program_pages.hpp"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "host/proc_text.hpp"

namespace agent::host {
namespace {

// Code and constants that were changed in place would be lost.
bool has_changed_text(const dl_phdr_info& object, const ElfW(Phdr) & header) {
  const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + header.p_vaddr);
  for (; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_TEXTREL) return true;
    if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
  }
  return false;
}

void release(const dl_phdr_info& object, const ElfW(Phdr) & header) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t begin = (object.dlpi_addr + header.p_vaddr) & ~(page - 1);
  const std::uintptr_t end = object.dlpi_addr + header.p_vaddr + header.p_filesz;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

int release_object(dl_phdr_info* object, std::size_t, void*) {
  const auto* begin = object->dlpi_phdr;
  const auto* end = begin + object->dlpi_phnum;
  const bool changed = std::any_of(begin, end, [object](const auto& header) {
    return header.p_type == PT_DYNAMIC && has_changed_text(*object, header);
  });
  for (const auto* header = begin; header != end && !changed; ++header) {
    // What relocations have written, and nobody writes later, counts as writable here.
    if (header->p_type == PT_LOAD && (header->p_flags & PF_W) == 0) release(*object, *header);
  }
  return 0;
}

}  // namespace

void release_program_pages() {
  // A debugger keeps its breakpoints there.
  const bool traced = leading_number(field_of(read_text("/proc/self/status"), "TracerPid", ':')) != 0;
  if (!traced) ::dl_iterate_phdr(release_object, nullptr);
}

}  // namespace agent::host
