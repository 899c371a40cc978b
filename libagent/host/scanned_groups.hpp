// ScannedGroups: makes process groups whose members are found by looking through all processes of the machine
// (process_tree.hpp). For systems and users that cannot make cgroups. Loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/process_group.hpp"
#include "host/process_table.hpp"

namespace agent::host {

class ScannedGroups {
 public:
  // Whether a process is a child that we have started and not collected yet: only its own group may have it.
  using IsStarted = std::function<bool(int pid)>;
  // How all processes are looked at.
  using Read = std::function<std::vector<ProcessEntry>()>;
  explicit ScannedGroups(IsStarted is_started, Read read = read_process_table);
  ~ScannedGroups();
  ScannedGroups(const ScannedGroups&) = delete;
  ScannedGroups& operator=(const ScannedGroups&) = delete;

  // A mark that no other command of any program has.
  std::string next_mark();
  // May outlive this, but not what `is_started` looks at.
  std::shared_ptr<ProcessGroup> make(std::string mark);
  std::shared_ptr<ProcessGroup> make() { return make(next_mark()); }

  // Looks at all processes, once for many groups: kill() of each group ends what the last look has found.
  void look();

 private:
  class Group;
  struct Look;

  std::shared_ptr<Look> look_;
  std::uint64_t marks_ = 0;
};

}  // namespace agent::host
