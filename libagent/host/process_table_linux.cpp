#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "base/file_handle.hpp"
#include "host/proc_text.hpp"
#include "host/process_stat.hpp"
#include "host/process_table.hpp"

namespace agent::host {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// 0 for an entry that is no process.
int pid_of(const char* name) {
  int pid = 0;
  std::from_chars(name, name + std::strlen(name), pid);
  return pid;
}

// Its fields take 400 bytes at most.
std::optional<ProcessStat> read_stat(int proc, int pid) {
  const int descriptor = ::openat(proc, (std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  const FileHandle stat(descriptor);
  std::array<char, 1024> text;
  const ssize_t size = ::read(descriptor, text.data(), text.size());
  if (size <= 0) return std::nullopt;
  return parse_process_stat({text.data(), static_cast<std::size_t>(size)});
}

ProcessEntry make_entry(int pid, const ProcessStat& stat) {
  return {.pid = pid,
          .parent = stat.parent,
          .group = stat.group,
          .session = stat.session,
          .ended = stat.state == 'Z' || stat.state == 'X'};
}

std::string program_of(int pid) {
  return std::string(first_line(read_text("/proc/" + std::to_string(pid) + "/comm")));
}

}  // namespace

std::vector<ProcessEntry> read_process_table() {
  std::vector<ProcessEntry> table;
  const std::unique_ptr<DIR, CloseDirectory> proc(::opendir("/proc"));
  if (!proc) return table;
  while (const dirent* found = ::readdir(proc.get())) {
    const int pid = pid_of(found->d_name);
    if (pid == 0) continue;
    if (auto stat = read_stat(::dirfd(proc.get()), pid)) table.push_back(make_entry(pid, *stat));
  }
  return table;
}

bool has_in_environment(int pid, std::string_view entry) {
  std::string text("\0", 1);
  text += read_text("/proc/" + std::to_string(pid) + "/environ");
  std::string wanted("\0", 1);
  wanted += entry;
  wanted += '\0';
  return text.find(wanted) != std::string::npos;
}

bool is_alone(int pid, std::string_view program) {
  if (program_of(pid) != program) return false;
  const std::vector<ProcessEntry> table = read_process_table();
  return std::none_of(table.begin(), table.end(),
                      [pid](const ProcessEntry& entry) { return entry.parent == pid; });
}

bool has_moved_on(int pid, std::string_view program) {
  return !program_of(pid).empty() && !is_alone(pid, program);
}

}  // namespace agent::host
