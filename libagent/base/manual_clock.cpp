#include "base/manual_clock.hpp"

#include <utility>

namespace agent {
namespace {

constinit thread_local ManualClock* of_this_thread = nullptr;

}  // namespace

ManualClock::ManualClock() : now_(std::chrono::steady_clock::now()) {}

ManualClock* ManualClock::current() noexcept { return of_this_thread; }

ManualClock::Scope::Scope(ManualClock* clock) noexcept : before_(std::exchange(of_this_thread, clock)) {}
ManualClock::Scope::~Scope() { of_this_thread = before_; }

ManualClock::Busy::Busy() : clock_(of_this_thread) {
  if (clock_ != nullptr) ++clock_->busy_;
}

ManualClock::Busy::~Busy() {
  if (clock_ != nullptr) --clock_->busy_;
}

std::function<void()> ManualClock::Busy::with_time(std::function<void()> work) const {
  if (clock_ == nullptr) return work;
  return [clock = clock_, work = std::move(work)] {
    const Scope scope(clock);
    work();
  };
}

void ManualClock::note(Time deadline) {
  if (deadline > now_ && deadline != Time::max()) noted_.insert(deadline);
}

bool ManualClock::step(Time limit) {
  if (now_ >= limit) return false;
  now_ = limit;
  if (!noted_.empty() && *noted_.begin() <= limit) now_ = noted_.extract(noted_.begin()).value();
  return true;
}

}  // namespace agent
