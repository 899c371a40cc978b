#include "core/outage.hpp"

#include <fmt/format.h>

namespace agent::core {
namespace {

std::string seconds(std::chrono::nanoseconds time) {
  return fmt::format("{} s", std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

}  // namespace

std::optional<std::string> Outage::failed(Time now, const std::string& what) {
  if (attempts_++ == 0) {
    since_ = now;
    next_ = kFirstDoubling;
  }
  const std::chrono::nanoseconds lasted = now - since_;
  const bool is_new = is_news(what);
  if (lasted < next_) return is_new ? std::optional(what) : std::nullopt;
  while (next_ <= lasted) next_ *= 2;
  return fmt::format("{} (failed attempts: {} in {})", what, attempts_, seconds(lasted));
}

bool Outage::is_news(const std::string& what) {
  return told_.size() < kOutageKinds && told_.insert(what).second;
}

std::string Outage::ended(Time now) {
  std::string text;
  if (attempts_ > 0) text = fmt::format(", after {} (failed attempts: {})", seconds(now - since_), attempts_);
  attempts_ = 0;
  told_.clear();
  return text;
}

}  // namespace agent::core
