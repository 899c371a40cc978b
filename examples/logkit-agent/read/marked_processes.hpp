// Processes that carry a mark in their environment: what a script has started, wherever it has gone. A child
// that calls setsid() leaves its process group, and one whose parent ends gets another; the environment stays
// with all of them, unless a program empties it. Functions block for the time of reading /proc.
#pragma once

#include <cstdint>
#include <string>

namespace logkit {

// "LOGKIT_RUN=<sixteen random digits>": an environment's entry that no other process has.
std::string new_process_mark();
// When the process began, in ticks since the machine's start; 0: there is none.
std::uint64_t start_ticks_of(int pid);
// Kills all processes with that entry that began not before `since_ticks`, and those that they start
// meanwhile. Processes of other users are left alone. Returns when none is left that can be ended, or after
// a tenth of a second.
void kill_marked(const std::string& mark, std::uint64_t since_ticks);

}  // namespace logkit
