// keep_alive: what to do about an agent that is silent. A decision without I/O.
#pragma once

#include <chrono>

#include "net/loop.hpp"

namespace server {

struct KeepAliveTimes {
  std::chrono::milliseconds ping{
      10'000};  // silence after which the server asks; originals ping by themselves
  std::chrono::milliseconds close{25'000};  // silence after which the peer counts as dead: 2.5 pings
  std::chrono::milliseconds pause{60'000};  // how long a receiver without room may hold up its session
};

enum class KeepAlive { wait, ping, close };

// `pinged`: when the server pinged last.
inline KeepAlive keep_alive(agent::net::Clock::time_point now, agent::net::Clock::time_point heard,
                            agent::net::Clock::time_point pinged, const KeepAliveTimes& times) {
  if (now - heard >= times.close) return KeepAlive::close;
  if (now - heard >= times.ping && now - pinged >= times.ping) return KeepAlive::ping;
  return KeepAlive::wait;
}

}  // namespace server
