// Calls: runs the handlers of requests and knows the calls in flight. Loop thread.
#pragma once

#include <asio/cancellation_signal.hpp>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "agent/agent.hpp"
#include "core/counters.hpp"
#include "core/sender.hpp"

namespace agent::core {

// What the handles of one call share. Outlives Calls if a handle does; `calls` is null then.
struct CallState : std::enable_shared_from_this<CallState> {
  CallState(Calls& the_calls, std::string_view the_tid);
  ~CallState();

  Calls* calls;
  std::string tid;
  std::atomic<bool> cancelled{false};
  asio::cancellation_signal stop;
};

class Calls {
 public:
  Calls(net::Loop& loop, Sender& sender, const Counters& counters)
      : loop_(loop), sender_(sender), counters_(counters) {}
  ~Calls();
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  // Gives the request to its handler, which it outlives. What it throws is the answer.
  void start(const Route& route, const Envelope& request);

  // The session has ended: all calls are cancelled().
  void cancel();
  // The agent is stopping: cancel(), and what handlers wait for ends too.
  void stop();

  // Answers; dropped and counted when the call is cancelled.
  void reply(const CallState& state, std::string text);
  // Answers with an error, type 0.
  void fail(const CallState& state, const std::string& text);

  // Called whenever the last running handler has finished.
  std::function<void()> on_idle;

  // Handlers that have not finished.
  std::size_t running() const { return running_; }
  Sender& sender() { return sender_; }

 private:
  friend struct CallState;
  void run(std::shared_ptr<CallState> state, Task<> task);
  void finished(CallState& state, std::exception_ptr error);
  std::vector<std::shared_ptr<CallState>> in_flight() const;

  net::Loop& loop_;
  Sender& sender_;
  const Counters& counters_;
  std::size_t running_ = 0;
  std::unordered_set<CallState*> states_;
};

// The text of whatever was thrown.
std::string describe(std::exception_ptr error);

}  // namespace agent::core
