// OrderError: a service was asked for what cannot be; nothing was begun, and no agent or disk is at fault.
//
// Its code says why: bad_message, the order contradicts itself or names what does not exist; too_large, it is
// more than agents take; wrong_type, its agent cannot do it. The same codes without this type tell of agents'
// messages. A front end tells its client in its own way: over HTTP as 400, 413 and 424 (failure_of() in
// http/reply.hpp).
#pragma once

#include "agent/error.hpp"

namespace server {

class OrderError : public agent::Error {
 public:
  using Error::Error;
};

}  // namespace server
