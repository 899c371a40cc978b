#include "net/credit_window.hpp"

#include <algorithm>

namespace agent::net {
namespace {

// What comes in half a millisecond may always wait: nobody notices, and credit is given less often.
constexpr std::chrono::microseconds kUnnoticed{500};

std::uint64_t share(std::uint64_t bytes, Clock::duration part, Clock::duration whole) {
  return static_cast<std::uint64_t>(static_cast<double>(bytes) * static_cast<double>(part.count()) /
                                    static_cast<double>(whole.count()));
}

}  // namespace

void CreditWindow::granted(std::uint64_t so_far, Clock::time_point now) {
  if (!probe_) probe_ = Probe{so_far, now};
}

void CreditWindow::received(std::uint64_t so_far, std::size_t streams, Clock::time_point now) {
  if (!probe_ || so_far <= probe_->so_far) return;
  const Clock::duration took = std::max<Clock::duration>(now - probe_->at, std::chrono::microseconds(1));
  probe_.reset();
  shortest_ = std::min(shortest_, took);
  const std::uint64_t wanted = share(2 * size_, shortest_, took);
  if (wanted > size_) {
    size_ = std::min(wanted, kBulkWindow);
    return;
  }
  const std::uint64_t most_unnoticed =
      std::max(kFirstWindow / std::max<std::size_t>(streams, 1), kLeastWindow);
  const std::uint64_t unnoticed = std::clamp(share(size_, kUnnoticed, took), kLeastWindow, most_unnoticed);
  size_ = std::max({wanted, size_ / 4 * 3, unnoticed});
}

}  // namespace agent::net
