// What signals ask of a server: to stop, to read its files again.
#pragma once

#include <asio/signal_set.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "agent/task.hpp"

namespace server {

// Both are given the signals to wait for, so that these are caught from the moment they were named.

// Waits for one of the signals, then calls `stop` once and `leave` as soon as `is_done` says so, at most
// 9 s later. Further signals change nothing: a Ctrl-C reaches us, and then our parent ends us, too.
struct StopHooks {
  std::function<void()> stop;
  std::function<bool()> is_done;
  std::function<void()> leave;
};
agent::Task<> stop_on_signal(std::unique_ptr<asio::signal_set> signals, StopHooks hooks);

// Something to read or to open again.
struct Reload {
  const char* what;  // "tokens", for the log
  std::function<void()> work;
};
// Calls all of them at every signal. What one throws is in the log, and keeps no other from being called.
agent::Task<> reload_on_signal(std::unique_ptr<asio::signal_set> signals, std::vector<Reload> reloads);

// Unblocks all signals, which stay blocked through an exec, whoever has blocked them. Ignores SIGPIPE for
// good, and SIGHUP until somebody waits for it. Before there are other threads.
void prepare_signals();

}  // namespace server
