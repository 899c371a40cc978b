// Serving: what a server program does once its parts are joined: it listens, reports its life to the service
// manager, and runs until a signal ends it.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "agent/metrics.hpp"
#include "host/service/run_report.hpp"
#include "http/listener.hpp"
#include "http/router.hpp"
#include "http/tls_holder.hpp"
#include "net/loop_check.hpp"
#include "net/loops.hpp"
#include "server_config.hpp"

namespace server {

class Serving {
 public:
  // Binds. The address and its news are ours, the other options are the program's. What it is given outlives
  // it; it ends when the loops no longer run. Throws as Listener does.
  Serving(agent::net::Loops& loops, agent::host::RunReport& report, ListenAddress listen,
          ListenerOptions options, const Router& router, const TlsHolder& tls,
          agent::metrics::Registry& metrics);
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  Listener& listener() { return *listener_; }

  // Runs the loops. At SIGTERM or SIGINT `stop` is called, which ends what would not end by itself; the loops
  // go on until no client is connected and `is_done`, at most 9 s (signals.hpp).
  void run(const std::function<void()>& stop, const std::function<bool()>& is_done);
  // Throws why run() ended without a signal: the address came, and could not be had all the same.
  void check() const;

 private:
  void hear(const ListenNews& news);

  agent::net::Loops& loops_;
  agent::host::RunReport& report_;
  const ListenAddress listen_;
  std::exception_ptr failure_;
  std::unique_ptr<agent::net::LoopCheck> watchdog_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace server
