// PlayedServer: what is behind agent/testing.hpp. An agent, the server that a test plays for it, and a clock
// that stands still, on one loop that runs only while the test asks for something.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/wire/control.hpp"
#include "agent/wire/kept.hpp"
#include "base/event.hpp"
#include "base/manual_clock.hpp"
#include "base/timer.hpp"
#include "core/agent_state.hpp"
#include "core/runtime.hpp"
#include "net/websocket.hpp"

namespace agent::core {

class PlayedServer;

// One call of the test, from its request on.
struct TestExchange {
  PlayedServer* server;
  std::string tid;
  std::vector<std::string> texts{};  // replies and errors, in order
  std::size_t errors = 0;            // of them
  std::string error{};               // the text of the last one
  std::uint64_t seq = 0;             // the highest number of a kept reply
  bool ended = false;                // the handler has
  bool cancelled = false;            // the caller has left
};

class PlayedServer {
 public:
  // As TestServer's.
  PlayedServer(Agent& agent, std::string_view settings);
  PlayedServer(const PlayedServer&) = delete;
  PlayedServer& operator=(const PlayedServer&) = delete;

  std::string next_tid() { return "test-" + std::to_string(++calls_); }
  std::shared_ptr<TestExchange> call(int type, std::string tid, const std::string& text);
  void send(const std::string& text);
  void cancel(TestExchange& exchange);

  void advance(std::chrono::nanoseconds duration);
  bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit);
  void disconnect();
  void connect();
  void stop();
  bool running() { return !loop_.io().stopped(); }

  double metric(std::string_view series) const;

  std::vector<std::string> reports;

 private:
  using RealClock = std::chrono::steady_clock;

  static ManualClock* free_clock(ManualClock& clock);
  void read_settings(std::string_view text);
  void watch_handlers();
  Route watched(Route route);
  TestExchange* find(std::string_view tid);

  Task<std::unique_ptr<net::WebSocket>> dial(net::DialOptions options);
  Task<> serve(std::shared_ptr<net::WebSocket> socket);
  void take(std::string text);
  void take_report(const Envelope& message, std::string text);
  void take_reply(TestExchange& exchange, const Envelope& message, std::string text);
  void answer(const wire::Held& held);
  void acknowledge(std::string_view tid, std::uint64_t seq, bool over = false);

  void settle();
  std::size_t run_due(RealClock::time_point limit);
  void step_until(std::chrono::nanoseconds limit, const std::function<bool()>& condition);

  Agent& agent_;
  AgentState& state_;
  ManualClock clock_;
  ManualClock::Scope scope_;
  net::Loop loop_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Timer look_;  // makes the loop look at its timers
  bool looked_ = false;
  bool away_ = false;
  Event back_;
  std::shared_ptr<net::WebSocket> socket_;  // the server's end, while there is a connection
  std::uint64_t calls_ = 0;
  std::uint64_t reported_ = 0;  // the highest number of a report
  std::map<std::string, std::shared_ptr<TestExchange>, std::less<>> exchanges_;
  std::optional<Runtime> runtime_;
};

}  // namespace agent::core
