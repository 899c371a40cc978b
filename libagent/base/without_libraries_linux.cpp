// For programs that are linked statically (LIBAGENT_PORTABLE): keeps them from loading libraries of the
// system, which were made for another libc and would bring it along. Accounts come from /etc/passwd and
// /etc/group only, names from /etc/hosts and DNS, whatever /etc/nsswitch.conf says
// (docs/decisions/portable-programs.md).
#include <dlfcn.h>
#include <nss.h>

#include <initializer_list>

namespace {

// Before main(), and before there are threads. Both services are a part of libc itself.
[[gnu::constructor]] void look_up_without_libraries() {
  __nss_configure_lookup("hosts", "files dns");
  for (const char* database :
       {"passwd", "group", "initgroups", "services", "protocols", "networks", "shadow"})
    __nss_configure_lookup(database, "files");
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the names are libc's; ours are found first
extern "C" {
void* dlopen(const char*, int) noexcept { return nullptr; }
void* dlsym(void*, const char*) noexcept { return nullptr; }
int dlclose(void*) noexcept { return 0; }
char* dlerror() noexcept {
  static char text[] = "a portable program loads no libraries";
  return text;
}
}
// NOLINTEND(readability-identifier-naming)
