// CommandGroup: the processes of one command in a control group of their own (cgroups(7)). Loop thread.
//
// Nobody is lost who changes the session, the parent or the environment: a process leaves the group only by
// writing itself into another one, which takes root. Such a process escapes the limits of its command and its
// end, not those of the agent, unless it leaves the agent's groups, too. The first process ends in any case.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/file_handle.hpp"
#include "host/command_meter.hpp"
#include "host/limits/agent_groups.hpp"
#include "host/limits/control_group.hpp"
#include "host/process_group.hpp"

namespace agent::host {

class CommandGroup : public ProcessGroup {
 public:
  // The mark names the group. Throws Errc::refused with the reason where there can be none.
  CommandGroup(const std::shared_ptr<Limits>& limits, const CommandLimits& given, std::string mark);
  ~CommandGroup() override;

  const std::string& mark() const override { return mark_; }
  // With the values that were given, each read back.
  void make() override;
  bool is_slow() const override { return true; }
  std::vector<int> entrances() const override;
  int birthplace() const override { return birthplace_.descriptor(); }
  void add(int pid, int session) override;
  // Freezes the group while it signals, so that nobody is missed.
  void signal(int number) override;
  void kill() override;
  bool gone() const override;
  void first_collected() override { first_ = 0; }
  // Moves what is left to `left`.
  bool let_go() override;
  CommandMeter* meter() override { return meter_.get(); }

  const ControlGroup& group() const { return group_; }

 private:
  CommandGroup(const std::shared_ptr<Limits>& limits, const CommandPlaces& places, const CommandLimits& given,
               std::string mark);

  void close_entrances();

  std::string mark_;
  CommandLimits given_;
  ControlGroup bound_;
  ControlGroup group_;
  ControlGroup left_;
  std::vector<FileHandle> entrances_;
  FileHandle birthplace_;
  std::unique_ptr<CommandMeter> meter_;
  int first_ = 0;                     // until it has been collected
  std::atomic<bool> removed_ = true;  // or not made yet
};

}  // namespace agent::host
