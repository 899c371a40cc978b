// HttpServer: a Listener on a free port of loopback with its loops in threads of their own.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "agent/metrics.hpp"
#include "http/listener.hpp"
#include "http/router.hpp"
#include "http/tls_holder.hpp"
#include "net/loops.hpp"

namespace test {

class HttpServer {
 public:
  explicit HttpServer(std::size_t loop_count = 1) : loops(loop_count) {
    options.port = 0;
    options.server_names = {"x"};  // the Host of most tests
  }

  ~HttpServer() { end(); }

  // After the routes and options were set.
  std::uint16_t start() {
    std::vector<agent::net::Loop*> pointers;
    for (auto& loop : loops) pointers.push_back(loop.get());
    listener_ = std::make_unique<server::Listener>(pointers, options, router, tls, metrics);
    for (auto& loop : loops) threads_.emplace_back([&loop] { loop->run(); });
    return listener_->port();
  }

  void end() {
    for (auto& loop : loops) loop->stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    listener_.reset();
  }

  server::Listener& listener() { return *listener_; }

  agent::metrics::Registry metrics;
  server::Router router;
  server::TlsHolder tls;
  server::ListenerOptions options;
  agent::net::Loops loops;

 private:
  std::unique_ptr<server::Listener> listener_;
  std::vector<std::thread> threads_;
};

}  // namespace test
