// The working directory of this process, which others may remove.
#pragma once

namespace agent::host {

// When the working directory does not exist any more, "/" becomes it, and the log says so: what is started
// there would fail in strange ways. One microsecond otherwise.
void leave_removed_directory();

}  // namespace agent::host
