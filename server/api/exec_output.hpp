// The output of commands over HTTP: from any offset, following a running command, and in the original's way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "api/api.hpp"
#include "commands/output_reader.hpp"
#include "http/reply.hpp"

namespace server {

// Throws not_found "agent" when nobody knows the agent, "task" when it has no such command.
std::shared_ptr<Command> find_pty(Api& api, const std::string& agent, std::int64_t pid);
// The range as bytes, streamed unless it is at hand; headers tell the command's state and whether this is all
// of its output.
Reply range_reply(std::shared_ptr<Command> command, OutputRange range);

void add_exec_output_routes(Router& router, Api& api);

}  // namespace server
