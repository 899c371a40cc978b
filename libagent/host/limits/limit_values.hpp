// The values of limit.* in the groups of an agent: written, read back, compared later.
//
// Loop thread.
#pragma once

#include <string>
#include <vector>

#include "agent/config.hpp"
#include "agent/limits.hpp"
#include "host/limits/group_tree.hpp"
#include "host/limits/libcgroup.hpp"

namespace agent::host {

// What is kept free for the agent inside a memory limit: an eighth, at most 32 MiB, which is more than an
// agent with full queues has in use.
Bytes reserved_memory(Bytes limit);

// One kind of limit in one agent's groups.
class LimitValue {
 public:
  // "cpu", "memory" or "disk".
  LimitValue(std::string kind, Controller controller) : kind_(std::move(kind)), controller_(controller) {}

  // Each writes what is configured and is not there yet. What fails is in state() and is not thrown.
  void set_cpu(const GroupTree& tree, std::uint32_t percent);
  void set_memory(const GroupTree& tree, Bytes limit);
  void set_disks(const GroupTree& tree, const std::vector<DiskLimit>& disks);
  // Nothing can be written at all.
  void fail(std::string problem);

  // Compares with what was written.
  LimitState state() const;
  // Somebody has changed a value: "/sys/... was 50000 and is -1"; "" = nobody.
  std::string change() const;

 private:
  struct Written {
    ControlGroup group;
    CgroupWrite write;
    std::string shown;  // the file as the kernel gave it back
  };
  void write(const ControlGroup& group, const std::vector<CgroupWrite>& writes);
  std::string value() const;
  std::string disk_value() const;

  std::string kind_;
  Controller controller_;
  std::string problem_;
  std::string note_;  // behind the value
  std::vector<Written> written_;
};

// What the bound gets of `limit`, for a group whose directories are still to be made below `start`. Values
// that nobody could write, as those for a disk that is none, are not among them.
std::vector<GroupValue> values_of_bound(const LimitConfig& limit, const CgroupPlaces& start);

// Takes back what a bound may have from an earlier run.
void lift_limits(const ControlGroup& group);

// The agent's share of the processor time, ten times that of all commands together, as far as the kernel
// has shares.
void prefer_agent(const GroupTree& tree);

}  // namespace agent::host
