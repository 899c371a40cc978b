#include "running_command.hpp"

#include <utility>

RunningCommand::RunningCommand(CommandTable& table, agent::ChildReaper& reaper, agent::ProcessOptions options)
    : process(reaper, std::move(options)), table_(table), place_(table.emplace(process.pid(), this)) {}

RunningCommand::~RunningCommand() { table_.erase(place_); }

bool kill_command(const CommandTable& table, std::int64_t pid) {
  const auto [begin, end] = table.equal_range(pid);
  bool found = false;
  for (auto place = begin; place != end; ++place) found = place->second->process.kill_tree() || found;
  return found;
}
