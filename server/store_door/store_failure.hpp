// What the store says no to, as the API's envelope says it: the code is 400 for what is refused, 410 for a
// history that is gone, 412 for a condition that does not hold, 503 for a store that does not answer.
#pragma once

#include "agent/task.hpp"
#include "http/reply.hpp"
#include "store/store_error.hpp"

namespace server::door {

RequestError told(const store::StoreError& error);

// The work, with its StoreErrors told so.
agent::Task<Payload> telling(agent::Task<Payload> work);
agent::Task<Reply> telling(agent::Task<Reply> work);

}  // namespace server::door
