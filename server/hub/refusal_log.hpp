// RefusalLog: which refusals of agents are logged: a clone that comes again and again, or somebody who tries
// many ids, must not fill the log, nor hide the refusals of others in it. Decisions without I/O. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "net/loop.hpp"

namespace server {

// Each token has one line per id in this time, and one for all ids that had none.
inline constexpr std::chrono::seconds kRefusalPause{60};
// Ids that may have a line in it.
inline constexpr std::size_t kRefusalIds = 100;

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
