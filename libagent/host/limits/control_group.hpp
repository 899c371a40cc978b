// ControlGroup: a group of processes, in every hierarchy whose controllers it uses: one directory on v2, up
// to six on v1 (cgroups(7)).
//
// Plain file operations, because libcgroup takes 2 to 11 ms per call (libcgroup.hpp). Each takes as long as
// the kernel does: tens of microseconds, mkdir and rmdir up to a millisecond. Any thread, one at a
// time. What a hierarchy does not carry is skipped: a place that is not usable() has no directory.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/command_end.hpp"
#include "host/limits/cgroup_places.hpp"
#include "host/limits/cgroup_values.hpp"

namespace agent::host {

// What the processes of a group used together since it was made. 0: the kernel does not count it.
struct GroupUsage {
  std::chrono::nanoseconds cpu{0};
  Bytes peak_memory;            // with the file cache that is charged to them
  Bytes memory;                 // of the processes themselves and shared between them, now
  Bytes cached;                 // the file cache that is charged to them, now
  IoBytes io;                   // that reached a disk; 0 where the group shares its counts with others
  std::uint64_t peak_pids = 0;  // processes and threads at a time; before Linux 6.1 those that are there now
};

// Where the controllers are for this process: reads /proc and the v2 group's cgroup.controllers.
CgroupPlaces own_places();

// The processes in the group of this directory, those of other PID namespaces excepted.
std::vector<int> processes_in(const std::string& directory);

class ControlGroup {
 public:
  // The group whose directories are `places`; makes nothing.
  explicit ControlGroup(CgroupPlaces places);

  // Makes the directories, and those above them that are missing. False when the group was there already, in
  // any hierarchy. Throws Errc::io with path and reason; nothing is left of it then.
  bool make();
  // Makes the first directory alone, which is enough to lock the group. True when none of them was there.
  // Throws as make() does.
  bool make_first();
  // Removes the directories. False while processes or groups are left in one of them.
  bool remove();

  // A group below this one.
  ControlGroup below(std::string_view name) const;

  // Writes a controller's values and reads each one back. Throws Errc::io naming the file, what was written
  // and what the kernel made of it; Errc::refused with reason and remedy where the controller is not usable.
  void set(Controller controller, const std::vector<CgroupWrite>& writes) const;
  // The text of one of a controller's files, "" when there is none.
  std::string read(Controller controller, std::string_view file) const;

  // Moves a process here, with all its threads. Throws Errc::io.
  void add(int pid) const;
  // Files to which a child writes "0" to be here before its exec: opened O_WRONLY|O_CLOEXEC by the caller.
  std::vector<std::string> entrances() const;
  // Those that are here now, in any hierarchy, not in groups below.
  std::vector<int> processes() const;
  bool is_empty() const { return processes().empty(); }
  // Moves all there are to `other`, also those that are born meanwhile. False when some stay.
  bool move_to(const ControlGroup& other) const;
  // From here on v1's peak of memory, by which counters() sees that the limit was met, begins anew. Throws
  // Errc::io.
  void forget_peak() const;
  // Sends the signal to all there are now, while the group is frozen: nobody is missed, nor born meanwhile.
  void signal(int number) const;
  // Kills all there are now: cgroup.kill (v2 from Linux 5.14), else signal(SIGKILL). They end a moment later:
  // is_empty() says when, and a group that does not get empty is killed again.
  void kill() const;

  GroupCounters counters() const;
  std::uint64_t oom_kills() const;  // of the counters
  GroupUsage usage() const;
  std::chrono::nanoseconds cpu() const;       // of the usage
  void read_memory(GroupUsage& usage) const;  // memory and cached

  const ControllerPlace& place(Controller controller) const { return places_.of(controller); }
  const CgroupPlaces& places() const { return places_; }
  // Its own: not those that it shares with the group above.
  const std::vector<std::string>& directories() const { return directories_; }

 private:
  const std::string& directory(Controller controller) const { return places_.of(controller).own; }

  CgroupPlaces places_;
  std::vector<std::string> directories_;  // each one once
  std::vector<std::string> shared_;
};

}  // namespace agent::host
