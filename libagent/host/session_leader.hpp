// SessionLeader: the process that leads the session of a command on a terminal.
//
// When the leader of a session ends, the system hangs up (SIGHUP) on all that is in the foreground of its
// terminal, so also on what a command has just left in the background, before that could ignore the signal or
// find a session of its own (`nohup x &`, `setsid x &`). Therefore the command does not lead its session: the
// leader is a process that does nothing, outlives the command, and takes the foreground to itself before it
// ends.
//
// It shares our memory, so that no page tables are copied, and runs no program; a list of processes shows it
// under the name "agent-terminal". It ends with the thread that made it, too.
#pragma once

#include <cstddef>
#include <memory>

namespace agent::host {

struct SessionLeader {
  // Called within the leader, between clone and exec as it were: only system calls. Makes the session and its
  // command, whose stack ends at `stack`, and returns the command's id; otherwise it does not return.
  using Begin = int (*)(void* context, std::byte* stack);

  Begin begin = nullptr;
  void* context = nullptr;
  int command = 0;                     // what `begin` returned, 0 = not yet
  std::unique_ptr<std::byte[]> stack;  // the leader's until it has been collected
};

// Starts it: its process id, or -1 with errno set. The caller has blocked all signals, and changes nothing
// that `begin` looks at until the leader has closed its descriptors.
int start_leader(SessionLeader& leader);

// Its command has ended: it may end, too. Not after it has been collected.
void dismiss_leader(int pid);

}  // namespace agent::host
