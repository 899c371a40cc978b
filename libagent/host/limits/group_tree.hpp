// GroupTree: the groups of one agent: made, kept and removed (docs/decisions/limits.md).
//
// Blocks for some milliseconds. Made on any thread, used on the loop thread.
#pragma once

#include <functional>
#include <string>

#include "base/file_handle.hpp"
#include "host/limits/control_group.hpp"

namespace agent::host {

// Agents of one name that can run on a machine at a time, each with groups of its own: <name>, <name>.2,
// ...
inline constexpr int kMostOfOneName = 64;

// Makes a group that is not there yet, in as many hierarchies as it can: what it leaves is made by plain
// files.
using MakeGroup = std::function<void(const CgroupPlaces& group)>;

class GroupTree {
 public:
  // Makes the groups and moves this process into `agent`. What agents of this name have left behind when they
  // were killed, under whichever number, is taken over: what lives in it goes to `left`, and empty groups are
  // removed.
  // `share_disks`: on v1 all of them share one group for disk throttles, which do not bind children.
  // `make_bound` makes the bound, if that is new: but for one directory of it, whose lock makes it ours.
  //
  // Throws Errc::refused with reason and remedy, one line; nothing is left of it then.
  GroupTree(const std::string& name, CgroupPlaces start, bool share_disks, const MakeGroup& make_bound = {});
  ~GroupTree();  // remove()
  GroupTree(const GroupTree&) = delete;
  GroupTree& operator=(const GroupTree&) = delete;

  const ControlGroup& bound() const { return bound_; }
  const ControlGroup& agent() const { return agent_; }
  const ControlGroup& tasks() const { return tasks_; }
  const ControlGroup& left() const { return left_; }
  // The bound was there already: it may have values of an earlier run.
  bool was_there() const { return was_there_; }

  // What somebody has changed: this process was moved elsewhere, controllers are not passed on any more. "" =
  // nothing.
  std::string change() const;
  // Puts that back. Throws Errc::io.
  void restore();

  // Moves this process back to where it came from and removes the groups. The bound stays while something
  // lives in `left`, and on v2, where a group with processes cannot pass controllers on, this process stays
  // with it. Nothing happens the second time.
  void remove();

 private:
  void claim(const std::string& name, const MakeGroup& make_bound);
  void make(bool share_disks);
  void pass_on() const;
  void take_back() const;
  void adopt_leftovers() const;
  std::string left_below(const std::string& bound) const;
  void adopt_other_bounds(const std::string& name) const;
  void adopt_bound(ControlGroup& other) const;
  void leave() const;
  std::vector<std::string> passing_groups() const;
  bool moves_own_group() const;

  CgroupPlaces from_;   // where this process was
  CgroupPlaces start_;  // below which the groups are
  ControlGroup bound_;
  ControlGroup agent_;
  ControlGroup tasks_;
  ControlGroup left_;
  FileHandle lock_;  // of the bound: held as long as this process lives
  bool was_there_ = false;
  bool removed_ = false;
};

}  // namespace agent::host
