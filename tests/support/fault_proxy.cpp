#include "tests/support/fault_proxy.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace test {
namespace {

constexpr std::chrono::milliseconds kLookForEnd{20};

}  // namespace

FaultProxy::FaultProxy(std::uint16_t target) : target_(target), acceptor_([this] { accept_all(); }) {}

FaultProxy::~FaultProxy() {
  ended_ = true;
  acceptor_.join();
}

void FaultProxy::set_plan(const FaultPlan& plan) {
  set_plans([plan] { return plan; });
}

void FaultProxy::set_plans(std::function<FaultPlan()> next) {
  std::lock_guard lock(mutex_);
  next_plan_ = std::move(next);
}

void FaultProxy::set_target(std::uint16_t port) {
  std::lock_guard lock(mutex_);
  target_ = port;
}

void FaultProxy::black_hole() {
  {
    std::lock_guard lock(mutex_);
    black_hole_ = true;
  }
  tell(FaultLink::Order::hold);
}

void FaultProxy::go_on() {
  {
    std::lock_guard lock(mutex_);
    black_hole_ = false;
  }
  tell(FaultLink::Order::go_on);
}

std::size_t FaultProxy::alive() const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(links_, &FaultLink::is_alive));
}

std::size_t FaultProxy::pieces() const {
  std::lock_guard lock(mutex_);
  return std::accumulate(links_.begin(), links_.end(), std::size_t{0},
                         [](std::size_t sum, const FaultLink& link) { return sum + link.pieces(); });
}

void FaultProxy::tell(FaultLink::Order order) {
  std::lock_guard lock(mutex_);
  for (FaultLink& link : links_) link.tell(order);
}

void FaultProxy::accept_all() {
  while (!ended_) {
    if (listener_.is_called_within(kLookForEnd)) relay(listener_.accept());
  }
}

void FaultProxy::relay(TcpSocket client) {
  std::lock_guard lock(mutex_);
  ++accepted_;
  const FaultPlan plan = next_plan_();
  std::optional<TcpSocket> target;
  try {
    if (!plan.swallow) target = TcpSocket::connect(target_);
  } catch (const std::runtime_error&) {
    return client.reset();
  }
  links_.emplace_back(std::move(client), std::move(target), plan, black_hole_);
}

}  // namespace test
