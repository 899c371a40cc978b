#include "metrics/kept_report.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace server {
namespace {

// The counts of references beside the object, and what malloc adds.
constexpr std::size_t kShared = 32;

std::chrono::nanoseconds since(const agent::wire::Time& time, std::chrono::system_clock::time_point today) {
  const agent::wire::Time now = agent::wire::Time::from(today);
  const std::chrono::seconds seconds(now.seconds - time.seconds);
  // Times of year 1 and the like are beyond what nanoseconds can count.
  constexpr std::chrono::hours kLong{24 * 365};
  if (seconds > kLong) return kLong;
  if (seconds < -kLong) return -kLong;
  return seconds + std::chrono::nanoseconds(now.nanoseconds) - std::chrono::nanoseconds(time.nanoseconds);
}

}  // namespace

KeptReport::KeptReport(std::string_view message, const ReportTimes& times)
    : is_packed_(false), text_(message), times_(times) {}

KeptReport::KeptReport(agent::ZstdPacker& packer, std::string_view message, const ReportTimes& times)
    : is_packed_(true), text_(packer.pack(message)), times_(times) {}

agent::Envelope KeptReport::message() const {
  std::string text = text_.text();
  if (is_packed_) text = agent::unpack_zstd(text);
  return agent::Envelope::parse(std::move(text));
}

std::chrono::nanoseconds KeptReport::age(agent::Clock::time_point now,
                                         std::chrono::system_clock::time_point today) const {
  const std::chrono::nanoseconds here = now - times_.arrived;
  return std::max(here, since(times_.end, today));
}

std::size_t KeptReport::memory() const { return sizeof(KeptReport) + text_.memory() + kShared; }

}  // namespace server
