#include "core/runtime.hpp"

#include <csignal>
#include <cstdlib>
#include <memory>
#include <random>
#include <utility>

#include "agent/log.hpp"
#include "core/reload.hpp"
#include "core/state_path.hpp"
#include "host/executable.hpp"
#include "host/program_pages.hpp"
#include "net/spawn.hpp"

namespace agent::core {
namespace {

// For the end of a session that was cut off, which needs no answer from anybody.
constexpr std::chrono::milliseconds kCutOffLimit{500};

// Runs an action, and what it leaves to be run, at most once at a time.
struct TimedAction : std::enable_shared_from_this<TimedAction> {
  TimedAction(net::Loop& the_loop, const Action& the_action) : loop(the_loop), action(the_action) {}

  void operator()() {
    if (running) return;
    try {
      Task<> task = action();
      if (!task.valid()) return;
      running = true;
      net::spawn(loop, std::move(task), [self = shared_from_this()](std::exception_ptr error) {
        self->running = false;
        if (error) log::error("every: {}", describe(std::move(error)));
      });
    } catch (...) {
      log::error("every: {}", describe(std::current_exception()));
    }
  }

  net::Loop& loop;
  Action action;
  bool running = false;
};

}  // namespace

std::function<double()> random_source() {
  std::minstd_rand engine(std::random_device{}());
  return [engine]() mutable { return std::uniform_real_distribution<double>(0, 1)(engine); };
}

void run(AgentState& state, bool owns_process) {
  if (state.config.server.empty()) throw Error(Errc::bad_config, "server: no address is set");
  if (std::exchange(state.has_run, true)) throw Error(Errc::cancelled, "run: an agent runs once");
  if (owns_process) state.report = std::make_unique<host::RunReport>(state.name, state.version);
  net::Loop loop;
  Runtime runtime(loop, state, Backoff(random_source()));
  if (owns_process) runtime.handle_signals();
  host::release_program_pages();  // an idle agent needs little of what starting up has needed
  loop.run();
  state.report.reset();
  state.limits->release();
  log::info("{} has stopped", state.name);
  if (owns_process && runtime.abandoned()) {
    // The resolver cannot be interrupted: a name server that is gone would hold up our end for a minute.
    log::flush();
    std::_Exit(0);
  }
}

Runtime::Runtime(net::Loop& loop, AgentState& state, Backoff backoff, Timing timing, Dial dial)
    : loop_(loop),
      state_(state),
      timing_(timing),
      sender_(loop, state.outbox, state.counters),
      calls_(loop, sender_, state.counters),
      spool_(loop, sender_, offload_),
      logs_(offload_, log::files),
      connection_(loop, state, sender_, calls_, spool_, std::move(backoff), timing, std::move(dial)),
      limits_(loop, state.limits, state.registry),
      signals_(loop.io()),
      hang_ups_(loop.io()),
      farewell_limit_(loop.io()),
      stop_limit_(loop.io()) {
  calls_.on_idle = [this] { stop_when_idle(); };
  calls_.on_settled = [this] { leave_when_settled(); };
  state_.outbox.set_limit(state_.config.send_queue.value);
  state_.runtime = this;
  serve_logs();
  loop_.post([this] {
    limits_.begin(state_.config.limit);
    open_spool();
    call_start_hooks(0);
  });
  state_.loop.open(loop_);  // what has been posted comes behind that
}

Runtime::~Runtime() {
  state_.loop.close();
  state_.runtime = nullptr;
}

void Runtime::serve_logs() {
  auto list = [this](const wire::LogListRequest&) { return logs_.list(); };
  auto send = [this](wire::LogDownloadRequest request, Call call) {
    return logs_.send(std::move(request), std::move(call));
  };
  state_.routes[wire::LogListRequest::message.type] = detail::make_route<wire::LogListRequest>(list);
  state_.routes[wire::LogDownloadRequest::message.type] = detail::make_route<wire::LogDownloadRequest>(send);
}

// A Task that a hook leaves has ended before the next hook is called.
// Without a file that names it there is no place that another start would find again.
void Runtime::open_spool() {
  if (!state_.spool) return;
  const SpoolConfig& config = state_.spool->spool;
  std::string directory = config.dir;
  if (!directory.empty()) directory = host::resolve_beside_program(directory);
  if (directory.empty() && !state_.config_path.empty())
    directory = state_path(state_.name, state_.config_path, ".spool");
  if (directory.empty()) return log::info("spool.dir: not set, and there is no file: reports wait in memory");
  spool_.open(directory, config, state_.registry);
}

std::shared_ptr<void> Runtime::repeat(std::chrono::nanoseconds first, std::chrono::nanoseconds interval,
                                      const Action& action) {
  auto timed = std::make_shared<TimedAction>(loop_, action);
  auto call = [timed] { (*timed)(); };
  net::Ticker& ticker = repeated_->emplace_back(loop_, interval, call, net::Ticker::Kind::work);
  ticker.start(first);
  // The handle may outlive us.
  return {static_cast<void*>(&ticker), [all = std::weak_ptr(repeated_)](void* gone) {
            if (const auto tickers = all.lock())
              tickers->remove_if([gone](const net::Ticker& one) { return &one == gone; });
          }};
}

void Runtime::call_start_hooks(std::size_t next) {
  const std::vector<Action>& hooks = state_.on_start;
  while (next < hooks.size() && !stopping_) {
    Task<> task = hooks[next++]();
    if (!task.valid()) continue;
    tell_ready();  // it may wait for anything
    auto ended = [this, next](std::exception_ptr error) { start_hook_ended(next, std::move(error)); };
    return net::spawn(loop_, std::move(task), stop_starting_.slot(), ended);
  }
  starting_ = false;
  if (stopping_) return next == hooks.size() ? take_leave() : leave();
  tell_ready();
  start_timed();
  start_connection();
}

// What fails before that is a start that failed. Never later than the first wait.
void Runtime::tell_ready() {
  if (!state_.report || std::exchange(is_ready_, true)) return;
  state_.report->ready();
  if (const auto interval = state_.report->alive_interval()) {
    watchdog_.emplace(std::vector<net::Loop*>{&loop_}, *interval, [this] { state_.report->alive(); });
  }
}

void Runtime::start_hook_ended(std::size_t next, std::exception_ptr error) {
  if (!error) return call_start_hooks(next);
  starting_ = false;
  if (!stopping_) std::rethrow_exception(std::move(error));  // out of Agent::run
  log::info("stopped before it had started: {}", describe(std::move(error)));
  leave();
  stop_when_idle();
}

void Runtime::start_timed() {
  if (state_.config.monitor.enabled) reporter_.emplace(loop_, state_, sender_, calls_);
  for (const AgentState::Timed& timed : state_.timed) {
    auto action = std::make_shared<TimedAction>(loop_, timed.action);
    auto call = [action] { (*action)(); };
    timed_.emplace_back(loop_, timed.interval, call, net::Ticker::Kind::work).start();
  }
}

void Runtime::start_connection() {
  connecting_ = true;
  net::spawn(loop_, connection_.run(), [this](std::exception_ptr error) {
    connecting_ = false;
    if (error) std::rethrow_exception(std::move(error));  // out of Agent::run: not a thing of the network
    stop_when_idle();
  });
}

void Runtime::handle_signals() {
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.async_wait([this](const asio::error_code& error, int number) {
    if (error) return;
    log::info("signal {}: stopping", number);
    signals_.clear();
    prepare_stop();
  });
  hang_ups_.add(SIGHUP);
  reload_at_hang_ups();
}

void Runtime::reload_at_hang_ups() {
  hang_ups_.async_wait([this](const asio::error_code& error, int) {
    if (error) return;
    reload_at_hang_ups();
    reload(state_);
    connection_.forget_tls();
  });
}

void Runtime::prepare_stop() {
  if (starting_) return stop();
  if (state_.report) {
    more_time_.emplace(loop_, host::kMoreTimeInterval, [this] { state_.report->finishing(); });
    more_time_->start();
  }
  call_hooks(state_.before_stop, "before_stop", [this] {
    more_time_.reset();
    stop();
  });
}

void Runtime::stop() {
  if (std::exchange(stopping_, true)) return;
  if (state_.report) state_.report->stopping();
  limit_stop(timing_.stop);
  farewell_limit_.expires_after(timing_.farewell);
  farewell_limit_.async_wait([this](const asio::error_code& error) {
    if (!error) leave();
  });
  if (starting_) {
    stop_starting_.emit(asio::cancellation_type::terminal);
  } else {
    take_leave();
  }
}

// Those that wait run side by side; `then` follows the last one.
void Runtime::call_hooks(const std::vector<Action>& hooks, std::string_view name,
                         const std::function<void()>& then) {
  auto open = std::make_shared<std::size_t>(1);
  auto ended = [open, name, then](std::exception_ptr error) {
    if (error) log::error("{}: {}", name, describe(std::move(error)));
    if (--*open == 0) then();
  };
  for (const Action& hook : hooks) {
    try {
      Task<> task = hook();
      if (!task.valid()) continue;
      ++*open;
      net::spawn(loop_, std::move(task), ended);
    } catch (...) {
      log::error("{}: {}", name, describe(std::current_exception()));
    }
  }
  ended(nullptr);
}

void Runtime::take_leave() {
  call_hooks(state_.on_stop, "on_stop", [this] {
    said_farewell_ = true;
    leave_when_settled();
  });
}

void Runtime::leave_when_settled() {
  if (said_farewell_ && calls_.is_settled()) leave();
}

void Runtime::leave() {
  if (std::exchange(left_, true)) return;
  farewell_limit_.cancel();
  reporter_.reset();
  timed_.clear();
  repeated_->clear();
  calls_.stop();
  abandoned_ = !connection_.stop();
  if (abandoned_) connecting_ = false;
  stop_when_idle();
}

void Runtime::limit_stop(std::chrono::milliseconds limit) {
  stop_limit_.expires_after(limit);
  stop_limit_.async_wait([this](const asio::error_code& error) {
    if (!error) cut_off();
  });
}

// The session ends before the agent does, also with a server that does not answer: on_disconnect is promised.
void Runtime::cut_off() {
  if (std::exchange(cut_off_, true)) return loop_.stop();
  leave();
  connection_.cut_off();
  limit_stop(kCutOffLimit);
  stop_when_idle();
}

void Runtime::stop_when_idle() {
  const bool busy = starting_ || calls_.running() > 0;
  if (left_ && !connecting_ && (cut_off_ || !busy)) loop_.stop();
}

}  // namespace agent::core
