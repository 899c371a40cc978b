// This process itself, as a program needs it.
#pragma once

namespace agent::host {

// What a program asks for before it does anything else, and before there are other threads. Unblocks all
// signals, which stay blocked through an exec, whoever has blocked them. Ignores SIGPIPE, since a closed
// stdout must not end us, and SIGHUP, until somebody listens to it. Leaves a working directory that was
// removed.
void prepare_process();

// From now on SIGTERM and SIGINT end this process with exit code 0, until somebody listens to them: whoever
// stops a program while it starts has not seen it fail.
void end_well_when_told();

// When the working directory does not exist any more, "/" becomes it, and the log says so: what is started
// there would fail in strange ways. One microsecond otherwise.
void leave_removed_directory();

}  // namespace agent::host
