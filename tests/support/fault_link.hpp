// FaultLink: one connection through a FaultProxy, relayed by a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "tests/support/fault_plan.hpp"
#include "tests/support/tcp_socket.hpp"

namespace test {

class FaultLink {
 public:
  // `target` may be missing: nothing is relayed then.
  FaultLink(TcpSocket client, std::optional<TcpSocket> target, const FaultPlan& plan, bool is_held);
  ~FaultLink();
  FaultLink(const FaultLink&) = delete;
  FaultLink& operator=(const FaultLink&) = delete;

  enum class Order { hold, go_on, cut, reset, drop_client, drop_target, end };
  // Any thread.
  void tell(Order order);
  bool is_alive() const { return !over_; }
  std::size_t pieces() const { return pieces_; }  // passed on, in both directions

 private:
  // One direction.
  struct Way {
    std::optional<TcpSocket>& from;
    std::optional<TcpSocket>& to;
    std::size_t left;          // bytes until the cut
    bool is_finished = false;  // `from` has nothing more to say
  };

  void run();
  void obey_orders();
  void obey(Order order);
  bool can_relay(const Way& way) const { return !held_ && way.from && !way.is_finished; }
  static bool is_over(const Way& way) { return !way.from || way.is_finished; }
  void wait_for_work();
  void relay(Way& way);
  void pass_on(Way& way, const std::string& bytes);
  void end(bool with_reset);

  const FaultPlan plan_;
  std::optional<TcpSocket> client_;
  std::optional<TcpSocket> target_;
  Way up_{client_, target_, plan_.cut_up};
  Way down_{target_, client_, plan_.cut_down};
  bool held_;
  std::atomic<bool> over_{false};
  std::atomic<std::size_t> pieces_{0};

  const int wake_;    // eventfd: there are orders
  std::mutex mutex_;  // guards the orders
  std::vector<Order> orders_;
  std::thread thread_;  // the last: it uses the others
};

}  // namespace test
