// KeptReport: the last report of one kind of one agent, as its message, compressed.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "agent/clock.hpp"
#include "agent/message.hpp"
#include "agent/wire/values.hpp"
#include "base/zstd_text.hpp"

namespace server {

struct ReportTimes {
  agent::wire::Time begin;  // of the sample, by the agent's clock; of facts their time
  agent::wire::Time end;
  std::chrono::system_clock::time_point received;
  agent::Clock::time_point arrived;  // the same moment, by a clock that is not set
};

// A value that does not change: shared by any threads.
class KeptReport {
 public:
  // `message`: the whole text of a message of type 31 or 33.
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
  const std::string packed_;
  const ReportTimes times_;
};

}  // namespace server
