#include "commands/recent_results.hpp"

#include <algorithm>
#include <utility>

#include "commands/command.hpp"

namespace server {

RecentResults::Commands RecentResults::add(std::shared_ptr<Command> command, std::size_t bytes,
                                           Clock::time_point now) {
  Commands gone = expire(now);
  if (bytes > limit_) {
    gone.push_back(std::move(command));
    return gone;
  }
  while (bytes_ + bytes > limit_) gone.push_back(take_oldest());
  bytes_ += bytes;
  results_.push_back({std::move(command), bytes, now + kRecentTime});
  return gone;
}

RecentResults::Commands RecentResults::expire(Clock::time_point now) {
  Commands gone;
  while (!results_.empty() && results_.front().until <= now) gone.push_back(take_oldest());
  return gone;
}

std::shared_ptr<Command> RecentResults::find(std::string_view agent, std::string_view id) const {
  const auto found = std::find_if(results_.begin(), results_.end(), [&](const Result& result) {
    return result.command->id() == id && result.command->agent() == agent;
  });
  return found == results_.end() ? nullptr : found->command;
}

void RecentResults::remove(const Command& command) {
  const auto found = std::find_if(results_.begin(), results_.end(),
                                  [&](const Result& result) { return result.command.get() == &command; });
  if (found == results_.end()) return;
  bytes_ -= found->bytes;
  results_.erase(found);
}

std::shared_ptr<Command> RecentResults::take_oldest() {
  Result oldest = std::move(results_.front());
  results_.pop_front();
  bytes_ -= oldest.bytes;
  return std::move(oldest.command);
}

}  // namespace server
