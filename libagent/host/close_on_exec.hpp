// close_on_exec_from: which descriptors a program that we start does not get.
#pragma once

namespace agent::host {

// Every open descriptor from `first` on is closed by the next exec. Calls nothing but the system, so it can
// be used between fork and exec.
void close_on_exec_from(int first);

}  // namespace agent::host
