// The loop of a benchmark that is one coroutine.
#pragma once

#include <chrono>

#include "agent/task.hpp"
#include "net/loop.hpp"

namespace bench {

// Runs `all` on the loop, for `limit` at most. Gives the program's exit code: 0 if it came to its end, else
// 1, and says why on stderr.
int run_to_end(const char* program, agent::net::Loop& loop, agent::Task<> all, std::chrono::seconds limit);

agent::Task<> pause(agent::net::Loop& loop, std::chrono::milliseconds time);

}  // namespace bench
