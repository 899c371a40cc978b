// KeptReport: the last report of one kind of one agent, as its message.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "agent/clock.hpp"
#include "agent/message.hpp"
#include "agent/wire/values.hpp"
#include "base/zstd_text.hpp"
#include "metrics/kept_text.hpp"

namespace server {

// Smaller ones are never compressed: that would be a fifth of their time, for half a kilobyte.
inline constexpr std::size_t kPackedFrom = 2 * 1024;

struct ReportTimes {
  agent::wire::Time begin;  // of the sample, by the agent's clock; of facts their time
  agent::wire::Time end;
  std::chrono::system_clock::time_point received;
  agent::Clock::time_point arrived;  // the same moment, by a clock that is not set
};

// A value that does not change: shared by any threads.
class KeptReport {
 public:
  // `message`: the whole text of a message of type 31 or 33, which is kept as it is, or compressed.
  KeptReport(std::string_view message, const ReportTimes& times);
  KeptReport(agent::ZstdPacker& packer, std::string_view message, const ReportTimes& times);

  const ReportTimes& times() const { return times_; }
  // The message as it came, which takes its whole size again. Throws bad_message when it is no JSON.
  agent::Envelope message() const;
  // How old what it says is, at most: by its arrival or by its own time, whichever is older, so that neither
  // a report that was held up nor a clock that is fast makes it younger than it is.
  std::chrono::nanoseconds age(agent::Clock::time_point now,
                               std::chrono::system_clock::time_point today) const;
  // What it takes of memory.
  std::size_t memory() const;

 private:
  const bool is_packed_;
  const KeptText text_;
  const ReportTimes times_;
};

}  // namespace server
