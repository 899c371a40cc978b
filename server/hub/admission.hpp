// Admission: who may connect now, and who keeps an id that two agents claim. Decisions without I/O.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "net/loop.hpp"

namespace server {

// The longest delay a refused agent is told. It bounds what a mistaken estimate can cost.
inline constexpr std::chrono::seconds kRetryAfterMax{60};

// The part of the burst that a server has when it starts: all its agents come back at once then, and a whole
// burst would be the peak of their return.
inline constexpr double kFirstBurst = 0.1;

// TokenBucket: at most `rate` connects per second, with a burst of one second's worth once it was quiet.
//
// Not thread-safe. Those refused are remembered as a queue that drains at `rate`, so that each is told a
// time at which there is room for it, and not all the same one.
class TokenBucket {
 public:
  using Clock = agent::net::Clock;

  TokenBucket(double rate, Clock::time_point now);

  // nullopt: admitted. Otherwise the seconds to wait, 1 to kRetryAfterMax.
  std::optional<std::chrono::seconds> take(Clock::time_point now);

 private:
  void refill(Clock::time_point now);

  double rate_;
  double tokens_;
  double refused_ = 0;  // told to come back and still expected
  Clock::time_point refilled_;
};

// What is known of a session that holds the id which a newcomer claims.
struct Incumbent {
  std::string_view instance;  // random per process start, "" for originals
  // It came with a token of another name than the newcomer, as is possible once an id was released.
  bool has_other_token = false;
  enum class Sign { unknown, alive, silent } sign = Sign::unknown;
};

enum class Claim {
  take_over,  // the incumbent is the same process reconnecting, or dead
  probe,      // ping the incumbent first
  refuse,     // another agent lives under this id
};

Claim claim_id(const Incumbent& incumbent, std::string_view newcomer_instance);

}  // namespace server
