// The output of commands over HTTP: from any offset, following a running command, and in the original's way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/task.hpp"
#include "api/api.hpp"
#include "http/reply.hpp"

namespace server {

struct OutputRange {
  CommandRecord of;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Throws not_found "agent" for an agent that is not connected and has no commands here either.
void check_known(Api& api, const std::string& agent);
// Throws not_found "agent" when nobody knows the agent, "task" when it has no such command.
std::shared_ptr<Command> find_pty(Api& api, const std::string& agent, std::int64_t pid);
// What the last call of this did not have. On the command's loop.
agent::Task<OutputRange> claim_new_output(std::shared_ptr<Command> command);
// Streams the range as bytes; headers tell the command's state and whether this is all of its output.
Reply range_reply(std::shared_ptr<Command> command, OutputRange range);

void add_exec_output_routes(Router& router, Api& api);

}  // namespace server
