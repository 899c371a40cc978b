// The mark of what commands have started: an entry LIBAGENT_TASK=… in the environment that a process was
// started with (agent/process.hpp).
#pragma once

namespace agent::host {

// A command of some agent, or something that one has started.
bool is_of_command(int pid);

// In the agent's own group: left there by a command of an agent before. False in an agent that a command has
// started itself, because it is in the group of that command and of others.
bool was_left_behind(int pid);

}  // namespace agent::host
