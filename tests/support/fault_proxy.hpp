// FaultProxy: a TCP relay on 127.0.0.1 that does to connections what networks do to them.
//
// Runs in threads of its own; any member may be called at any time. The client is who connected to the
// proxy, the target whom it connects to.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/fault_link.hpp"
#include "tests/support/fault_plan.hpp"
#include "tests/support/tcp_socket.hpp"

namespace test {

class FaultProxy {
 public:
  explicit FaultProxy(std::uint16_t target);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::uint16_t port() const { return listener_.port(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }

  // For connections to come; `next` is asked for each, in a thread of the proxy. A target that refuses: the
  // client's connection is reset.
  void set_plan(const FaultPlan& plan);
  void set_plans(std::function<FaultPlan()> next);
  void set_target(std::uint16_t port);

  // For connections that live and those to come: nothing passes in either direction, no end either.
  void black_hole();
  void go_on();

  // For connections that live.
  void cut() { tell(FaultLink::Order::cut); }
  void reset() { tell(FaultLink::Order::reset); }
  void drop_clients() { tell(FaultLink::Order::drop_client); }  // half-open: the targets hear nothing of it
  void drop_targets() { tell(FaultLink::Order::drop_target); }  // half-open the other way round

  std::size_t accepted() const { return accepted_; }
  std::size_t alive() const;
  std::size_t pieces() const;  // passed on by all links so far

 private:
  void accept_all();
  void relay(TcpSocket client);
  void tell(FaultLink::Order order);

  TcpListener listener_;
  std::atomic<std::size_t> accepted_{0};
  std::atomic<bool> ended_{false};
  mutable std::mutex mutex_;  // guards what follows
  std::function<FaultPlan()> next_plan_ = [] { return FaultPlan{}; };
  std::uint16_t target_;
  bool black_hole_ = false;
  std::list<FaultLink> links_;
  std::thread acceptor_;  // the last: it uses the others
};

}  // namespace test
