// OffloadPool: the server's threads for work that blocks.
#pragma once

#include "net/offload.hpp"

namespace server {

using OffloadPool = agent::net::Offload;

}  // namespace server
