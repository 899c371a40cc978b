#include "running_command.hpp"

#include <utility>

RunningCommand::RunningCommand(CommandTable& table, std::unique_ptr<agent::Process> started)
    : process_(std::move(started)), table_(table), place_(table.emplace(process_->pid(), this)) {}

RunningCommand::~RunningCommand() { table_.erase(place_); }

bool kill_command(const CommandTable& table, std::int64_t pid) {
  const auto [begin, end] = table.equal_range(pid);
  bool found = false;
  for (auto place = begin; place != end; ++place) found = place->second->process().kill_tree() || found;
  return found;
}
