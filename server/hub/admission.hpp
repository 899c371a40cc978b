// Admission: who may connect now, and which of those who are refused have a line in the log. Decisions
// without I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

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

// Each token has one line per id in this time, and one for all ids that had none.
inline constexpr std::chrono::seconds kRefusalPause{60};
// Ids that may have a line in it.
inline constexpr std::size_t kRefusalIds = 100;

// RefusalLog: which refusals of agents are logged: a clone that comes again and again, or somebody who tries
// many ids, must not fill the log, nor hide the refusals of others in it. Decisions without I/O. Thread-safe.
class RefusalLog {
 public:
  using Clock = agent::net::Clock;

  struct Lines {
    // Set: this refusal is to be logged; so many of the same id were not since the last one that was.
    std::optional<std::uint64_t> of_id{};
    // Not 0: so many refusals of other ids were not logged, which is to be said now.
    std::uint64_t of_others = 0;
  };
  // An agent that came with the token of this name ("" without tokens) was refused the id.
  Lines note(const std::string& token, const std::string& id, Clock::time_point now);

 private:
  struct Entry {
    Clock::time_point logged;
    std::uint64_t since = 0;  // refusals that were not logged
  };
  struct OfToken {
    std::unordered_map<std::string, Entry> ids;
    std::uint64_t others = 0;
    Clock::time_point others_logged = Clock::time_point::min();
  };

  static std::optional<std::uint64_t> note_id(OfToken& of, const std::string& id, Clock::time_point now);
  static bool make_room(OfToken& of, Clock::time_point now);

  std::mutex mutex_;
  std::unordered_map<std::string, OfToken> tokens_;  // as many as the operator has named
};

}  // namespace server
