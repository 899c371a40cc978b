#include "metrics/report_head.hpp"

#include <charconv>
#include <limits>

#include "agent/error.hpp"
#include "agent/wire/control.hpp"
#include "agent/wire/host.hpp"
#include "agent/wire/metrics.hpp"
#include "base/json_outline.hpp"

namespace server {

using agent::Envelope;
using agent::Error;
using agent::json::OutlinedMember;
namespace wire = agent::wire;

namespace {

constexpr std::string_view kFactsStart = R"({"type":31,)";
constexpr std::string_view kSamplesStart = R"({"type":33,)";
constexpr std::string_view kReplyStart = R"("tid":)";

// As the original server sorts them.
ReportKind kind_of(bool has_usage, bool has_processes, bool has_connections) {
  if (has_usage) return ReportKind::usage;
  if (has_processes) return ReportKind::processes;
  return has_connections ? ReportKind::connections : ReportKind::temperatures;
}

bool is_filled_list(std::string_view value) {
  if (!value.starts_with('[')) return false;
  const std::size_t first = value.find_first_not_of(" \t\r\n", 1);
  return first != std::string_view::npos && value[first] != ']';
}

// Collects the members of a message of type 33.
class Outline {
 public:
  void see(const OutlinedMember& member) {
    if (member.depth == 1) {
      see_root(member);
    } else if (member.key == "begin") {
      read_time(member.value, report_.head.begin);
    } else if (member.key == "end") {
      read_time(member.value, report_.head.end);
    } else if (member.key == "usage") {
      has_usage_ = member.value != "null";
    } else if (member.key == "process") {
      has_processes_ = is_filled_list(member.value);
    } else if (member.key == "conns") {
      has_connections_ = is_filled_list(member.value);
    }
  }

  std::optional<OutlinedReport> take() {
    if (is_odd_ || payloads_ != 1) return std::nullopt;
    report_.head.kind = kind_of(has_usage_, has_processes_, has_connections_);
    return report_;
  }

 private:
  // A tid, and keys that only a reader would know again, make a text odd.
  void see_root(const OutlinedMember& member) {
    if (member.key == wire::DynamicReply::message.key) {
      ++payloads_;
      is_odd_ = is_odd_ || !member.value.starts_with('{');
    } else if (member.key == wire::kReportNumberKey) {
      const auto [end, error] =
          std::from_chars(member.value.data(), member.value.data() + member.value.size(), report_.number);
      is_odd_ = is_odd_ || error != std::errc() || end != member.value.data() + member.value.size();
    } else {
      is_odd_ = is_odd_ || member.key != "type";
    }
  }

  void read_time(std::string_view value, wire::Time& time) {
    const bool is_plain = value.starts_with('"') && value.find('\\') == std::string_view::npos;
    is_odd_ = is_odd_ || !is_plain;
    if (is_plain) time = wire::parse_time(value.substr(1, value.size() - 2));
  }

  OutlinedReport report_;
  int payloads_ = 0;
  bool is_odd_ = false;
  bool has_usage_ = false;
  bool has_processes_ = false;
  bool has_connections_ = false;
};

}  // namespace

bool looks_like_report(std::string_view text) {
  if (!text.starts_with(kSamplesStart) && !text.starts_with(kFactsStart)) return false;
  return !text.substr(kSamplesStart.size()).starts_with(kReplyStart);
}

std::uint64_t report_number(const Envelope& message) {
  const agent::json::Value value = message.root().find(wire::kReportNumberKey);
  if (value.is_null()) return 0;
  try {
    return value.as_uint(std::numeric_limits<std::uint64_t>::max());
  } catch (const Error& error) {
    throw error.within(wire::kReportNumberKey);
  }
}

ReportHead read_head(const Envelope& message) {
  if (message.type() == wire::StaticReply::message.type) {
    const auto facts = message.payload<wire::StaticReply>();
    return {ReportKind::facts, facts.time, facts.time};
  }
  const auto samples = message.payload<wire::DynamicReply>();
  const ReportKind kind =
      kind_of(samples.usage.has_value(), !samples.processes.empty(), !samples.connections.empty());
  return {kind, samples.begin, samples.end};
}

std::optional<OutlinedReport> outline_report(const std::string& text) {
  if (!text.starts_with(kSamplesStart)) return std::nullopt;
  Outline report;
  try {
    const bool is_object =
        agent::json::outline(text, [&report](const OutlinedMember& member) { report.see(member); });
    return is_object ? report.take() : std::nullopt;
  } catch (const Error&) {  // a time that is none: parsing tells which
    return std::nullopt;
  }
}

}  // namespace server
