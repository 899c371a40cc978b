#include "hub/admission.hpp"

#include <algorithm>
#include <cmath>

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

Claim claim_id(const Incumbent& incumbent, std::string_view newcomer_instance) {
  const bool is_same_process = !incumbent.instance.empty() && incumbent.instance == newcomer_instance;
  if (is_same_process && !incumbent.has_other_token) return Claim::take_over;
  switch (incumbent.sign) {
    case Incumbent::Sign::unknown: return Claim::probe;
    case Incumbent::Sign::alive: return Claim::refuse;
    case Incumbent::Sign::silent: return Claim::take_over;
  }
  return Claim::refuse;
}

}  // namespace server
