// Two connected streams within one process, with no network between them: what one sends is there for the
// other as soon as it has left.
#pragma once

#include <memory>
#include <utility>

#include "net/byte_stream.hpp"

namespace agent::net {

// Both on `loop`. Throws Errc::io when the system has no file descriptors left.
std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_stream_pair(Loop& loop);

}  // namespace agent::net
