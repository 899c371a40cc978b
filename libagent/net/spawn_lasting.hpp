// spawn_lasting(): spawn() for a coroutine that lives as long as a connection, of which there are thousands.
#pragma once

#include <functional>

#include "agent/task.hpp"
#include "net/loop.hpp"

namespace agent::net {

// Runs what `begin` returns on `loop`, and logs what it throws as spawn() does. `what` is a literal.
//
// The coroutine is made within the one that Asio needs around it. The other way round it takes the block of
// such a one that has ended, which Asio keeps for the next and which is half as large again. Any thread.
void spawn_lasting(Loop& loop, std::function<Task<>()> begin, const char* what);

}  // namespace agent::net
