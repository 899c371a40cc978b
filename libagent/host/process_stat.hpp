// One process as /proc/<pid>/stat tells it (proc(5)). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace agent::host {

struct ProcessStat {
  char state = '?';  // R, S, D, T, …; Z = ended, but not yet collected by its parent
  int parent = 0;
  int group = 0;
  int session = 0;
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;  // since boot, in units of sysconf(_SC_CLK_TCK)
};

// nullopt when the text is not such a line. A command name may hold blanks and parentheses.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

}  // namespace agent::host
