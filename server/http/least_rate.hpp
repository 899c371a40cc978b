// LeastRate: whether a client sends fast enough. A decision without a clock of its own.
//
// Only the time in which we wait for the client counts, not the time in which we ourselves do not read. It is
// looked at in windows, one after the other, so that bursts and short pauses even out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace server {

class LeastRate {
 public:
  using Clock = std::chrono::steady_clock;

  // 0 bytes per second: any rate is enough. A new one for each body.
  LeastRate(std::uint64_t bytes_per_second, std::chrono::milliseconds window)
      : needed_(bytes_per_second * static_cast<std::uint64_t>(window.count()) / 1000), window_(window) {}

  // We wait for the client from now on.
  void wait(Clock::time_point now) { since_ = now; }
  // What we waited for is here.
  void take(std::size_t bytes, Clock::time_point now) {
    waited_ += now - since_;
    bytes_ += bytes;
    if (waited_ >= window_ && bytes_ >= needed_) begin_window();
  }
  // While we wait: in this window less has come than must.
  bool is_missed(Clock::time_point now) const {
    return needed_ > 0 && waited_ + (now - since_) >= window_ && bytes_ < needed_;
  }

 private:
  void begin_window() {
    waited_ = {};
    bytes_ = 0;
  }

  std::uint64_t needed_;  // bytes in each window
  Clock::duration window_;
  Clock::duration waited_{};
  std::uint64_t bytes_ = 0;
  Clock::time_point since_{};
};

}  // namespace server
