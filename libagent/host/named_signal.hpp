// Signals that people may send by name: INT, TERM, HUP, QUIT, KILL, USR1, USR2, TSTP and CONT.
#pragma once

#include <string_view>

namespace agent::host {

// Sends it to a process group. False: no such name, no such group, or it is not ours to signal.
bool signal_group(int group, std::string_view name);

}  // namespace agent::host
