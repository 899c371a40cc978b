// The environment of a process: its entries "KEY=value".
#pragma once

#include <string>
#include <vector>

namespace agent::host {

// Entries where they are, without copies; each ends with a NUL.
using Entries = std::vector<const char*>;

// This process's own, until another thread changes it.
Entries own_environment();

// `entries` with those of `added` over them, of which the last one of a key counts, in the place of the
// entry that had the key. An entry without '=' is kept.
Entries merge_environment(const Entries& entries, const std::vector<std::string>& added);

}  // namespace agent::host
