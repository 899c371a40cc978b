#include "core/reconnect.hpp"

#include <algorithm>

namespace agent::core {

bool Reconnect::waits(const std::string& server) const {
  auto found = not_before_.find(server);
  return found != not_before_.end() && found->second > round_at_;
}

Reconnect::Attempt Reconnect::next(Time now) {
  round_at_ = std::max(round_at_, now);
  for (;;) {
    while (place_ < round_.size()) {
      last_ = round_[place_++];
      if (!waits(last_)) return {last_, round_at_};
    }
    start_round(now);
  }
}

void Reconnect::start_round(Time now) {
  std::chrono::nanoseconds pause = backoff_.next();
  round_ = servers_;
  place_ = 0;
  round_at_ = now + pause;
  if (!std::ranges::all_of(servers_, [this](const std::string& server) { return waits(server); })) return;
  Time earliest = Time::max();
  for (const std::string& server : servers_) earliest = std::min(earliest, not_before_.at(server));
  round_at_ = earliest + pause;  // those who were sent away together do not come back together
}

void Reconnect::refused(Time now, std::optional<std::chrono::seconds> retry_after) {
  if (!retry_after) return;
  not_before_[last_] = now + std::min(*retry_after, Backoff::kLongestRetryAfter);
}

void Reconnect::redirected(std::vector<std::string> servers) {
  if (++redirects_ > kMaxRedirects) return;
  round_ = std::move(servers);
  place_ = 0;
}

void Reconnect::ended(Time now, std::chrono::nanoseconds lasted, std::vector<std::string> elsewhere) {
  if (lasted >= kProvenSession) {
    backoff_.reset();
    redirects_ = 0;
  }
  start_round(now);
  if (!elsewhere.empty()) redirected(std::move(elsewhere));
}

}  // namespace agent::core
