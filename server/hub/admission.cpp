#include "hub/admission.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace server {

TokenBucket::TokenBucket(double rate, Clock::time_point now)
    : rate_(rate), tokens_(std::max(1.0, rate * kFirstBurst)), refilled_(now) {}

std::optional<std::chrono::seconds> TokenBucket::take(Clock::time_point now) {
  refill(now);
  if (tokens_ >= 1) {
    tokens_ -= 1;
    return std::nullopt;
  }
  refused_ = std::min(refused_ + 1, rate_ * static_cast<double>(kRetryAfterMax.count()));
  return std::clamp(std::chrono::seconds(std::llround(std::ceil(refused_ / rate_))), std::chrono::seconds(1),
                    kRetryAfterMax);
}

void TokenBucket::refill(Clock::time_point now) {
  if (now <= refilled_) return;  // loops read their clocks before they queue for the bucket
  const double earned = rate_ * std::chrono::duration<double>(now - refilled_).count();
  refilled_ = now;
  tokens_ = std::min(rate_, tokens_ + earned);
  refused_ = std::max(0.0, refused_ - earned);
}

RefusalLog::Lines RefusalLog::note(const std::string& token, const std::string& id, Clock::time_point now) {
  std::lock_guard lock(mutex_);
  OfToken& of = tokens_[token];
  Lines lines;
  lines.of_id = note_id(of, id, now);
  if (of.others > 0 && now >= of.others_logged + kRefusalPause) {
    of.others_logged = now;
    lines.of_others = std::exchange(of.others, 0);
  }
  return lines;
}

std::optional<std::uint64_t> RefusalLog::note_id(OfToken& of, const std::string& id, Clock::time_point now) {
  const auto found = of.ids.find(id);
  if (found == of.ids.end()) {
    if (!make_room(of, now)) {
      ++of.others;
      return std::nullopt;
    }
    of.ids.emplace(id, Entry{.logged = now});
    return 0;
  }
  Entry& entry = found->second;
  if (now - entry.logged < kRefusalPause) {
    ++entry.since;
    return std::nullopt;
  }
  entry.logged = now;
  return std::exchange(entry.since, 0);
}

bool RefusalLog::make_room(OfToken& of, Clock::time_point now) {
  if (of.ids.size() < kRefusalIds) return true;
  std::erase_if(of.ids, [&](const auto& id) {
    if (now - id.second.logged < kRefusalPause) return false;
    of.others += id.second.since;
    return true;
  });
  return of.ids.size() < kRefusalIds;
}

}  // namespace server
