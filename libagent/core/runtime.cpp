#include "core/runtime.hpp"

#include <csignal>
#include <cstdlib>
#include <memory>
#include <random>
#include <utility>

#include "agent/log.hpp"
#include "host/code_pages.hpp"
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

void run(Parts& parts, bool owns_process) {
  if (parts.config.server.empty()) throw Error(Errc::bad_config, "server: no address is set");
  net::Loop loop;
  Runtime runtime(loop, parts, Backoff(random_source()));
  if (owns_process) runtime.handle_signals();
  host::release_code_pages();  // an idle agent needs little of what starting up has needed
  loop.run();
  log::info("{} has stopped", parts.name);
  if (owns_process && runtime.abandoned()) {
    // The resolver cannot be interrupted: a name server that is gone would hold up our end for a minute.
    log::flush();
    std::_Exit(0);
  }
}

Runtime::Runtime(net::Loop& loop, Parts& parts, Backoff backoff, Timing timing)
    : loop_(loop),
      parts_(parts),
      timing_(timing),
      sender_(loop, parts.outbox, parts.counters),
      calls_(loop, sender_, parts.counters),
      logs_(offload_, log::files),
      connection_(loop, parts, sender_, calls_, std::move(backoff), timing),
      signals_(loop.io()),
      stop_limit_(loop.io()),
      offload_(loop) {
  calls_.on_idle = [this] { stop_when_idle(); };
  parts_.outbox.set_limit(parts_.config.send_queue.value);
  parts_.runtime = this;
  serve_logs();
  start_timed();
  start_connection();
  parts_.gateway.open(loop_);
}

Runtime::~Runtime() {
  parts_.gateway.close();
  parts_.runtime = nullptr;
}

void Runtime::serve_logs() {
  auto list = [this](const wire::LogListRequest&) { return logs_.list(); };
  auto send = [this](wire::LogDownloadRequest request, Call call) {
    return logs_.send(std::move(request), std::move(call));
  };
  parts_.routes[wire::LogListRequest::message.type] = make_route<wire::LogListRequest>(list);
  parts_.routes[wire::LogDownloadRequest::message.type] = make_route<wire::LogDownloadRequest>(send);
}

void Runtime::start_timed() {
  if (parts_.config.monitor.enabled) reporter_.emplace(loop_, parts_, sender_, calls_);
  for (const Parts::Timed& timed : parts_.timed) {
    auto action = std::make_shared<TimedAction>(loop_, timed.action);
    timed_.emplace_back(loop_, timed.interval, [action] { (*action)(); });
  }
}

void Runtime::start_connection() {
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
    stop();
  });
}

void Runtime::stop() {
  if (std::exchange(stopping_, true)) return;
  call_hooks(parts_.on_stop, "on_stop");
  reporter_.reset();
  timed_.clear();
  calls_.stop();
  limit_stop(timing_.stop);
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
  connection_.cut_off();
  limit_stop(kCutOffLimit);
  stop_when_idle();
}

void Runtime::stop_when_idle() {
  if (stopping_ && !connecting_ && (cut_off_ || calls_.running() == 0)) loop_.stop();
}

}  // namespace agent::core
