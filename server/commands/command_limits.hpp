// Limits of commands: what may be asked for, of which agents, and what their refusals mean.
#pragma once

#include <string>
#include <string_view>

#include "agent/wire/exec.hpp"
#include "commands/command_record.hpp"
#include "hub/agent_session.hpp"
#include "order_error.hpp"

namespace server {

// LimitError: a command with limits was refused, and has not run. wrong_type: the agent cannot limit
// commands; bad_message: a limit is out of bounds, which the text names.
class LimitError final : public OrderError {
 public:
  using OrderError::OrderError;
};

// Throws LimitError bad_message: "bad param: pids: at least 1", "bad param: cpu_percent: at most 1000000".
void check_limits(const agent::wire::CommandLimits& limits);

// Whether the session's agent obeys `limits`: there are none, or it has the capability `limits`.
bool can_limit(const Session& session, const agent::wire::CommandLimits& limits);
// Why it does not: an original, an older one of ours, or one to which this server does not offer it.
std::string_view why_not(const Session& session);
// Throws LimitError wrong_type unless can_limit().
void check_can_limit(const Session& session, const agent::wire::CommandLimits& limits);

// "agent cannot limit commands: <reason>". `reason` may have the beginning already, or be empty.
LimitError cannot_limit(std::string_view reason);
// Why the agent has not started a command.
StartRefusal refusal_of(const agent::wire::Execd& execd);
// `said`: the limit and its ceiling, as the agent says them.
LimitError above_limit(std::string_view said);

}  // namespace server
