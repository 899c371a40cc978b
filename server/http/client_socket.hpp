// What the system knows and does about a client's connection beyond its bytes
// (docs/decisions/http-connections.md).
#pragma once

#include <chrono>

namespace server {

// poll(2) with POLLRDHUP: a FIN alone, behind which the client may well read, or a reset, too.
bool is_reset(short events);

// The client has shut its sending half or left. Does not wait.
bool has_parted(int descriptor);

// TCP asks the client after `pause` without a word, and then again; a client that has ended says so with a
// FIN at most, but asked later, its machine answers with a reset. One that is still there does not notice.
void probe_client(int descriptor, std::chrono::seconds pause);

// The client's machine confirms nothing of what was sent, again and again, for more than three pauses of
// probe_client(): it is gone, or the way to it is. One that confirms and reads nothing is there. Bytes on
// their way keep TCP from probing, and it would send them again for a quarter of an hour.
bool is_silent(int descriptor, std::chrono::seconds pause);

// What the client has not taken is lost at the close. The kernel would keep it otherwise, and wait for the
// client long after.
void abandon_output(int descriptor);

}  // namespace server
