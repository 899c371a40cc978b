// Reporter: the agent's report on itself, message type 7 (wire protocol, section 6.2).
#pragma once

#include <string>
#include <string_view>

#include "agent/wire/control.hpp"
#include "core/calls.hpp"
#include "core/parts.hpp"
#include "core/sender.hpp"
#include "host/process_meter.hpp"
#include "net/ticker.hpp"

namespace agent::core {

// The originals' default for an interval that is not positive.
inline constexpr std::chrono::seconds kDefaultReportInterval{5};

// Reports at every `monitor.interval` at which there is a session; on_report hooks come first. Loop thread.
class Reporter {
 public:
  Reporter(net::Loop& loop, Parts& parts, Sender& sender, const Calls& calls);

 private:
  void report();

  Parts& parts_;
  Sender& sender_;
  const Calls& calls_;
  host::ProcessMeter meter_;
  net::Ticker clock_;
};

// What the agent's author has added to the text of a registry: without the families of the library, whose
// names begin with "agent_", and at most 64 KiB, whole lines.
std::string own_series(std::string_view exposition);

wire::AgentInfo make_report(const Parts& parts, const host::ProcessUsage& usage, std::size_t running_calls);

}  // namespace agent::core
