// The certificate that a TLS server shows, looked at from outside: nothing is sent but the beginning of a
// handshake.
#pragma once

#include <chrono>

#include "agent/task.hpp"
#include "net/dial.hpp"

namespace agent::net {

// When it ends, whoever signed it and whether or not it has. `options`: the way there; neither its token nor
// its TLS settings are used. At most options.timeout. Throws as dial_stream(), and bad_message for what is no
// TLS.
Task<std::chrono::system_clock::time_point> shown_certificate_end(Loop& loop, DialOptions options);

}  // namespace agent::net
