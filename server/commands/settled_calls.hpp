// SettledCalls: last acknowledgements of commands on their way to agents with the capability `brief`, many in
// one message.
//
// Belongs to a loop, that of the sessions. Ends when the loop has ended, and before it is destroyed.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/timer.hpp"
#include "hub/agent_session.hpp"
#include "net/loop.hpp"

namespace server {

// An agent keeps a result for so much longer, in memory.
inline constexpr std::chrono::milliseconds kSettledWithin{50};
// These go with the next order, without waiting for the time.
inline constexpr std::size_t kSettledTogether = 16;

class SettledCalls {
 public:
  explicit SettledCalls(agent::net::Loop& loop) : timer_(loop.io()) {}
  SettledCalls(const SettledCalls&) = delete;
  SettledCalls& operator=(const SettledCalls&) = delete;

  // The session's agent need not keep anything of this call any more.
  void add(const std::shared_ptr<Session>& session, std::string tid);

 private:
  struct Batch {
    std::shared_ptr<Session> session;
    std::vector<std::string> calls;
  };
  static void send(Batch& batch, agent::net::Flush when);
  void send_all();
  void set_timer();

  std::unordered_map<const Session*, Batch> batches_;  // none of them empty
  agent::QuietTimer timer_;
  bool waits_ = false;
};

}  // namespace server
