// ReportHead: what a report is about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"
#include "metrics/metric_names.hpp"

namespace server {

struct ReportHead {
  ReportKind kind = ReportKind::facts;
  agent::wire::Time begin;  // of the sample; of facts their time
  agent::wire::Time end;
};

// A message without tid and of type 31 or 33, as all known agents write it. Others are found by parsing.
bool looks_like_report(std::string_view text);

// The number of a report (capability `reports`); 0: none. Throws bad_message.
std::uint64_t report_number(const agent::Envelope& message);

// Reads all of a message of type 31 or 33. Throws bad_message for a value that does not fit.
ReportHead read_head(const agent::Envelope& message);

// What is found out about a long list without reading it: its form is checked, not its values.
struct OutlinedReport {
  ReportHead head;
  std::uint64_t number = 0;  // 0: none
};
// nullopt: that cannot be told of this text, which may or may not be a report.
std::optional<OutlinedReport> outline_report(const std::string& text);

}  // namespace server
