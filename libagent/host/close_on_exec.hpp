// Which descriptors a process that we start does not get. Both call nothing but the system, so they can be
// used between fork and exec; close_all() leaves errno alone, too (bare_syscall_linux.hpp), on Linux 5.9 and
// later.
#pragma once

namespace agent::host {

// Every open descriptor from `first` on is closed by the next exec.
void close_on_exec_from(int first);

// Every open descriptor is closed now.
void close_all();

}  // namespace agent::host
