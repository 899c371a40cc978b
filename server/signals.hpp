// What signals ask of a server: to stop, to read its files again.
#pragma once

#include <functional>
#include <string>

#include "agent/task.hpp"
#include "net/loop.hpp"

namespace server {

// Waits for SIGTERM or SIGINT, then calls `stop` once and `leave` as soon as `is_done` says so, at most
// 9 s later. A second signal ends the process at once.
struct StopHooks {
  std::function<void()> stop;
  std::function<bool()> is_done;
  std::function<void()> leave;
};
agent::Task<> stop_on_signal(agent::net::Loop& loop, StopHooks hooks);

// Calls `reload` at every SIGHUP.
agent::Task<> reload_on_signal(agent::net::Loop& loop, std::function<void()> reload);

}  // namespace server
