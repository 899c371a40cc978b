// The pages of code that this process has mapped.
#pragma once

namespace agent::host {

// Lets go of all of them: those that are used again come back from the system's cache, those that only
// starting up has used do not. Does nothing under a debugger. Any thread, any time.
void release_code_pages();

}  // namespace agent::host
