// The processes of this machine and what is to be known of one. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent::host {

struct ProcessEntry {
  int pid = 0;
  int parent = 0;
  int group = 0;
  int session = 0;
  bool ended = false;  // but not yet collected by its parent
};

// A look at every process that can be seen: 3 to 10 microseconds each. Not of one moment: who forks
// meanwhile may have children that are missing.
std::vector<ProcessEntry> read_process_table();

// Whether "KEY=value" stands in the environment that the process was started with. No when that cannot be
// read.
bool has_in_environment(int pid, std::string_view entry);

// Whether the process runs a program of that name and has no children.
bool is_alone(int pid, std::string_view program);
// Whether it runs another program or has children. No when the process cannot be seen.
bool has_moved_on(int pid, std::string_view program);

}  // namespace agent::host
