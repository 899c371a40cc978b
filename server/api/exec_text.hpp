// A command's output as plain text, as it comes, with the exit code as a trailer: for curl, which then needs
// no JSON and no base64.
#pragma once

#include "agent/task.hpp"
#include "commands/command_run.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace server {

// The client asks for text/plain and not for JSON.
bool wants_text(const Request& request);
// Answers with the output of the command that `giving` gives to its agent. A command that nobody waits for
// (`result`: false) is answered with its id. What keeps it from starting is text, too, with the status that
// it has.
agent::Task<Reply> run_as_text(CommandTable* commands, agent::Task<GivenCommand> giving);

}  // namespace server
