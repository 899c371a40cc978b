// The pages of the program's file, and of its libraries', that this process has mapped.
#pragma once

namespace agent::host {

// Lets go of all of them that are never written, code and constants: those that are used again come back from
// the system's cache, 64 KB around each use, those that only starting up has used do not. Takes 0.05 ms, and
// 0.1 ms of what is done next. Does nothing under a debugger. Any thread, any time.
void release_program_pages();

}  // namespace agent::host
