// RecentResults: commands whose results were delivered a moment ago, so that a client whose answer was lost
// on its way finds it by its id. In memory, bounded in bytes and in time. One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "agent/clock.hpp"

namespace server {

class Command;

// A client that has lost its connection asks again within this time, or asks people.
inline constexpr std::chrono::seconds kRecentTime{60};
// Results of 2,000 short commands.
inline constexpr std::size_t kRecentBytes = 4 * 1024 * 1024;

class RecentResults {
 public:
  using Clock = agent::Clock;
  using Commands = std::vector<std::shared_ptr<Command>>;

  explicit RecentResults(std::size_t limit = kRecentBytes) : limit_(limit) {}

  // Takes a command of so many `bytes`. Returns those that leave for it: the oldest ones, or itself.
  Commands add(std::shared_ptr<Command> command, std::size_t bytes, Clock::time_point now);
  // Those whose time is over leave.
  Commands expire(Clock::time_point now);
  // nullptr: there is none.
  std::shared_ptr<Command> find(std::string_view agent, std::string_view id) const;
  // It is not recent any more, but wanted again.
  void remove(const Command& command);

  std::size_t size() const { return results_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Result {
    std::shared_ptr<Command> command;
    std::size_t bytes;
    Clock::time_point until;
  };
  std::shared_ptr<Command> take_oldest();

  const std::size_t limit_;
  std::size_t bytes_ = 0;
  std::deque<Result> results_;  // looked through when somebody asks, which is rare
};

}  // namespace server
