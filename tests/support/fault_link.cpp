#include "tests/support/fault_link.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace test {
namespace {

void drop(std::optional<TcpSocket>& side) {
  if (side) side->reset();
  side.reset();
}

}  // namespace

FaultLink::FaultLink(TcpSocket client, std::optional<TcpSocket> target, const FaultPlan& plan, bool is_held)
    : plan_(plan),
      client_(std::move(client)),
      target_(std::move(target)),
      held_(is_held || !target_),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

FaultLink::~FaultLink() {
  tell(Order::end);
  thread_.join();
  ::close(wake_);
}

void FaultLink::tell(Order order) {
  std::lock_guard lock(mutex_);
  orders_.push_back(order);
  const std::uint64_t one = 1;
  [[maybe_unused]] ssize_t ignored = ::write(wake_, &one, sizeof one);
}

void FaultLink::run() {
  while (client_ || target_) {
    wait_for_work();
    obey_orders();
    relay(up_);
    relay(down_);
    if (is_over(up_) && is_over(down_)) end(false);
  }
  over_ = true;
}

void FaultLink::wait_for_work() {
  const int up = can_relay(up_) ? client_->descriptor() : -1;
  const int down = can_relay(down_) ? target_->descriptor() : -1;
  std::array<pollfd, 3> watched{{{wake_, POLLIN, 0}, {up, POLLIN, 0}, {down, POLLIN, 0}}};
  ::poll(watched.data(), watched.size(), -1);
}

void FaultLink::obey_orders() {
  std::vector<Order> orders;
  {
    std::lock_guard lock(mutex_);
    orders.swap(orders_);
    if (orders.empty()) return;
    std::uint64_t count = 0;
    [[maybe_unused]] ssize_t ignored = ::read(wake_, &count, sizeof count);
  }
  for (Order order : orders) obey(order);
}

void FaultLink::obey(Order order) {
  switch (order) {
    case Order::hold: held_ = true; return;
    case Order::go_on: held_ = plan_.swallow; return;
    case Order::cut: return end(false);
    case Order::reset: return end(true);
    case Order::drop_client: return drop(client_);
    case Order::drop_target: return drop(target_);
    case Order::end: return end(false);
  }
}

void FaultLink::relay(Way& way) {
  if (!can_relay(way)) return;
  pollfd readable{way.from->descriptor(), POLLIN, 0};
  if (::poll(&readable, 1, 0) <= 0) return;
  const std::string bytes = way.from->receive({}, std::min(plan_.piece, way.left));
  if (bytes.empty()) {
    way.is_finished = true;
    if (way.to) way.to->finish();
    return;
  }
  ::poll(nullptr, 0, static_cast<int>(plan_.delay.count()));
  pass_on(way, bytes);
}

void FaultLink::pass_on(Way& way, const std::string& bytes) {
  ++pieces_;
  if (way.to && !way.to->try_send(bytes)) return end(false);
  if (way.left != kNever) way.left -= bytes.size();
  if (way.left == 0) end(plan_.reset);
}

void FaultLink::end(bool with_reset) {
  if (with_reset) {
    drop(client_);
    drop(target_);
  }
  client_.reset();
  target_.reset();
}

}  // namespace test
