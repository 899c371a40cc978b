// What a program asks of its process before it does anything else.
#pragma once

namespace agent::host {

// Unblocks all signals, which stay blocked through an exec, whoever has blocked them. Ignores SIGPIPE, since
// a closed stdout must not end us, and SIGHUP, until somebody listens to it. Leaves a working directory that
// was removed (working_directory.hpp). Before there are other threads.
void prepare_process();

}  // namespace agent::host
