// Where a process stands that starts a daemon anew: it may be a command which that daemon's agent runs.
// As /proc tells it.
#pragma once

namespace agent::host {

// The command of the agent below this supervisor from which the calling process descends: the child of the
// child of `supervisor`. 0 = we are in none.
int own_command_below(int supervisor);

// Whether there is such a process and it has not ended; one that nobody has collected has.
bool runs(int pid);

// Moves the calling process to the control groups of another one, where it is in others: a command's limits
// are not the daemon's. What the system refuses stays as it is.
void join_groups_of(int pid);

}  // namespace agent::host
