// unread_bytes: what has come over a pipe or a connection and was not read, in bytes. 0 for a regular file,
// which has them still.
#pragma once

#include <cstdint>

namespace logkit {

std::uint64_t unread_bytes(int descriptor);

}  // namespace logkit
