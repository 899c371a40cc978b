// BusyWatch: tells which work has held up a loop, and for how long.
//
// Belongs to its loop. Work says when it begins; between two beginnings, of which one comes every half
// `limit` while there is work, the loop has done nothing else. An idle loop is not woken.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "agent/clock.hpp"
#include "base/timer.hpp"

namespace agent::net {

inline constexpr std::chrono::seconds kBusyLimit{1};

class BusyWatch {
 public:
  // Called on the loop once it goes on: it was busy for `time` with the work that had begun last.
  using Report = std::function<void(std::string_view work, Clock::duration time)>;

  // The watch ends before the context does.
  BusyWatch(asio::io_context& io, Clock::duration limit, Report report);
  BusyWatch(const BusyWatch&) = delete;
  BusyWatch& operator=(const BusyWatch&) = delete;

  // Work of this name, "<what> <who>", begins.
  void begin(std::string_view what, std::string_view who);

 private:
  void note(std::string_view what, std::string_view who);
  void look(Clock::time_point now);
  void arm(Clock::time_point now);

  QuietTimer timer_;
  const Clock::duration limit_;
  const Report report_;
  std::string work_;  // keeps its memory
  Clock::time_point begun_{};
  bool is_armed_ = false;
  bool has_worked_ = false;  // since the timer was set
};

}  // namespace agent::net
