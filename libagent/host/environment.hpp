// The environment of a process: its entries "KEY=value".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent::host {

// Entries where they are, without copies; each ends with a NUL.
using Entries = std::vector<const char*>;

// This process's own without what only it is meant for, until another thread changes it: `LIBAGENT_*` and
// JKFRAME_LOG_LEVEL, which are settings, the token among them; NOTIFY_SOCKET, LISTEN_FDS and the like, by
// which a service manager talks to the one process that it has started (systemd.exec(5), "Environment
// variables in spawned processes"); STATE_DIRECTORY, RUNTIME_DIRECTORY and the like, in which another program
// would put its files among ours.
Entries inherited_environment();

// Whether one of the entries has this key, whatever its value.
bool has_key(const Entries& entries, std::string_view key);

// `entries` with those of `added` over them, of which the last one of a key counts, in the place of the
// entry that had the key. An entry without '=' is kept.
Entries merge_environment(const Entries& entries, const std::vector<std::string>& added);

}  // namespace agent::host
