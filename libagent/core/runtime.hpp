// Runtime: what exists while an agent runs: the connection and everything around it. Loop thread.
#pragma once

#include <asio/cancellation_signal.hpp>
#include <asio/signal_set.hpp>
#include <functional>
#include <list>
#include <optional>
#include <string_view>
#include <vector>

#include "base/backoff.hpp"
#include "base/timer.hpp"
#include "core/agent_state.hpp"
#include "core/calls.hpp"
#include "core/connection.hpp"
#include "core/log_service.hpp"
#include "core/own_limits.hpp"
#include "core/report_spool.hpp"
#include "core/reporter.hpp"
#include "core/sender.hpp"
#include "core/timing.hpp"
#include "net/loop_check.hpp"
#include "net/offload.hpp"
#include "net/ticker.hpp"

namespace agent::core {

// Blocking work waits for the disk, not for a CPU; four at once keep a disk busy.
inline constexpr std::size_t kOffloadThreads = 4;

class Runtime {
 public:
  // Starts as the first thing on the loop, which is stopped when the agent has stopped.
  Runtime(net::Loop& loop, AgentState& state, Backoff backoff, Timing timing = {}, Dial dial = net::dial);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // SIGTERM and SIGINT stop the agent. A second one ends the process, as it would without us. SIGHUP reloads
  // (core/reload.hpp), and never ends it.
  void handle_signals();

  // Ends what is under way, then stops the loop, after `timing.stop` at the latest.
  void stop();

  // A stop came while an attempt to connect was under way, which was left where it was.
  bool abandoned() const { return abandoned_; }

  Sender& sender() { return sender_; }
  ReportSpool& reports() { return spool_; }
  // Calls `action` first after `first` and then every `interval`, at most once at a time, until the handle
  // is gone.
  std::shared_ptr<void> repeat(std::chrono::nanoseconds first, std::chrono::nanoseconds interval,
                               const Action& action);
  net::Offload& offload() { return offload_; }
  net::Loop& loop() { return loop_; }
  const Connection& connection() const { return connection_; }

 private:
  void serve_logs();
  void open_spool();
  void call_start_hooks(std::size_t next);
  void start_hook_ended(std::size_t next, std::exception_ptr error);
  void tell_ready();
  void start_timed();
  void start_connection();
  void reload_at_hang_ups();
  void prepare_stop();
  void call_hooks(const std::vector<Action>& hooks, std::string_view name, const std::function<void()>& then);
  void take_leave();
  void leave_when_settled();
  void leave();
  void limit_stop(std::chrono::milliseconds limit);
  void cut_off();
  void stop_when_idle();

  net::Loop& loop_;
  AgentState& state_;
  Timing timing_;
  Sender sender_;
  Calls calls_;
  ReportSpool spool_;
  LogService logs_;
  Connection connection_;
  OwnLimits limits_;
  std::optional<Reporter> reporter_;
  std::list<net::Ticker> timed_;
  std::shared_ptr<std::list<net::Ticker>> repeated_ = std::make_shared<std::list<net::Ticker>>();
  asio::signal_set signals_;
  asio::signal_set hang_ups_;
  Timer farewell_limit_;
  Timer stop_limit_;
  asio::cancellation_signal stop_starting_;
  std::optional<net::LoopCheck> watchdog_;
  std::optional<net::Ticker> more_time_;  // while before_stop runs
  bool is_ready_ = false;
  bool starting_ = true;  // until the hooks of the start have ended
  bool stopping_ = false;
  bool said_farewell_ = false;  // the hooks have ended
  bool left_ = false;
  bool connecting_ = false;
  bool abandoned_ = false;
  bool cut_off_ = false;                   // the stop took too long
  net::Offload offload_{kOffloadThreads};  // ends first: its work uses the others
};

// Runs the agent until it is stopped, by a signal too if it `owns_process`.
void run(AgentState& state, bool owns_process);

// Random numbers in [0, 1) for the back-off, different in every process.
std::function<double()> random_source();

}  // namespace agent::core
