// What tells one content of a file from another one, without reading it.
#pragma once

#include <sys/stat.h>

#include <string>

namespace agent::host {

bool is_same_time(const timespec& a, const timespec& b);

// Whether a file with this status may have changed twice with the same times: its last change is within two
// steps of the file system's clock (milliseconds; two seconds where times are whole seconds) before `now`, or
// behind it. `step`: of the system's clock for files.
bool is_settling(const struct stat& status, const timespec& now, const timespec& step);

// The entity tag of agent::SourceFile, in its quotes.
std::string entity_tag(const struct stat& status);

}  // namespace agent::host
