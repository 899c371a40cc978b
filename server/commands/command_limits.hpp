// Limits of commands: what may be asked for, of which agents, and what their refusals mean.
#pragma once

#include <string>
#include <string_view>

#include "agent/wire/exec.hpp"
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

// Throws LimitError wrong_type where `limits` has some and the session's agent does not have the capability
// `limits`: an original, an older one of ours, or one that this server does not offer it to.
void check_can_limit(const Session& session, const agent::wire::CommandLimits& limits);

// "agent cannot limit commands: <reason>". `reason` may have the beginning already, or be empty.
LimitError cannot_limit(std::string_view reason);
// `said`: the limit and its ceiling, as the agent says them.
LimitError above_limit(std::string_view said);

}  // namespace server
