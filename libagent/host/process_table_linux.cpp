#include <algorithm>

#include "agent/processes.hpp"
#include "host/proc_text.hpp"
#include "host/process_table.hpp"

namespace agent::host {
namespace {

// Its fields take 400 bytes at most.
constexpr std::size_t kStatSize = 1024;

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
  ProcessFiles files;
  for (const int pid : files.ids()) {
    if (const auto stat = parse_process_stat(files.read(pid, "stat", kStatSize)))
      table.push_back(make_entry(pid, *stat));
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
