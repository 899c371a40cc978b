#include "tests/bench/process_files_bare.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace bench {
namespace {

// Calls `use` with the name of each entry that begins with a digit.
template <class Use>
void for_each_number(int directory, Use use) {
  alignas(dirent64) static thread_local char depth[2][32 * 1024];
  static thread_local int level = 0;
  char* buffer = depth[level++];
  for (ssize_t size; (size = ::getdents64(directory, buffer, sizeof depth[0])) > 0;) {
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') use(entry->d_name);
      at += entry->d_reclen;
    }
  }
  --level;
}

void read_file(int proc, const char* pid, const char* name) {
  static char text[16 * 1024];
  char path[64];
  ::strcpy(path, pid);
  ::strcat(path, name);
  const int file = ::openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  if (::read(file, text, sizeof text) < 0) text[0] = 0;
  ::close(file);
}

void read_links(int proc, const char* pid) {
  char path[64];
  ::strcpy(path, pid);
  ::strcat(path, "/fd");
  const int directory = ::openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  for_each_number(directory, [directory](const char* name) {
    char link[64];
    if (::readlinkat(directory, name, link, sizeof link) < 0) link[0] = 0;
  });
  ::close(directory);
}

template <class Use>
void for_each_process(Use use) {
  const int proc = ::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for_each_number(proc, [proc, use](const char* pid) { use(proc, pid); });
  ::close(proc);
}

}  // namespace

void read_process_files() {
  for_each_process([](int proc, const char* pid) {
    for (const char* name : {"/stat", "/status", "/cmdline"}) read_file(proc, pid, name);
  });
}

void read_descriptor_links() { for_each_process(read_links); }

}  // namespace bench
