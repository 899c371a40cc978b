#include "metrics/kept_report.hpp"

#include <algorithm>

namespace server {
namespace {

// What malloc adds to a block, and to that of the object with its counts of references.
constexpr std::size_t kBlocks = 48;

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

KeptReport::KeptReport(agent::ZstdPacker& packer, std::string_view message, const ReportTimes& times)
    : packed_(packer.pack(message)), times_(times) {}

agent::Envelope KeptReport::message() const { return agent::Envelope::parse(agent::unpack_zstd(packed_)); }

std::chrono::nanoseconds KeptReport::age(agent::Clock::time_point now,
                                         std::chrono::system_clock::time_point today) const {
  const std::chrono::nanoseconds here = now - times_.arrived;
  return std::max(here, since(times_.end, today));
}

std::size_t KeptReport::memory() const { return sizeof(KeptReport) + packed_.capacity() + kBlocks; }

}  // namespace server
