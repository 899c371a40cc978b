// Timing: how long things may take. Others than these are for tests.
#pragma once

#include <chrono>

namespace agent::core {

struct Timing {
  std::chrono::milliseconds dial{20000};             // resolve, TCP, TLS, upgrade
  std::chrono::milliseconds handshake{60000};        // wire protocol, section 4
  std::chrono::milliseconds ping{10000};             // originals expect one every 10 s
  std::chrono::milliseconds ping_with_report{4000};  // a report takes one along after that
  std::chrono::milliseconds silence{25000};          // 2.5 pings unanswered: the server is gone
  std::chrono::milliseconds stop{2000};              // a stop that takes longer is cut off
  std::chrono::milliseconds farewell{1500};          // of it, until the session is left
};

}  // namespace agent::core
