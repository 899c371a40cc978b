// start_layout: a script on many agents, group by group (reference HTTP API, A.2 layout).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "commands/command_table.hpp"
#include "commands/layout.hpp"
#include "commands/script_run.hpp"
#include "files/file_service.hpp"

namespace server {

struct LayoutOrder {
  std::vector<Layout::Node> nodes;
  std::string on_error;  // "exit" or "": a group with a failure is the last one; "continue": it is not
  std::shared_ptr<const ScriptOrder> script;
};

// Begins it on `loop`, whose thread calls, and returns its id. All the others outlive the loop's run.
// Throws, before anything runs anywhere, not_found "agent: <id>", wrong_type, LimitError for agents that
// cannot limit commands, and OrderError for another on_error.
std::string start_layout(Layouts& layouts, CommandTable& commands, FileService& files, agent::net::Loop& loop,
                         LayoutOrder order);

// How it fares at `now`, Unix seconds; of one that an earlier server began as far as its commands are known.
// Asks the shards of its agents. Throws not_found "task".
agent::Task<LayoutStatus> layout_status(const Layouts* layouts, const CommandTable* commands, std::string id,
                                        std::int64_t now);

}  // namespace server
