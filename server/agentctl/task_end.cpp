#include "agentctl/task_end.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "agentctl/api_client.hpp"
#include "agentctl/ctl_options.hpp"
#include "agentctl/unavailable.hpp"
#include "agentctl/view.hpp"

namespace agentctl {

using agent::Errc;
using agent::json::Value;

namespace {

constexpr std::int64_t kCodeTimeout = -65535;  // docs/commands.md, "Results"
constexpr std::int64_t kCodeProtocol = -65534;
constexpr std::int64_t kCodeLost = -65533;
constexpr std::int64_t kMost = std::int64_t{1} << 60;

std::int64_t number_at(Value object, std::string_view key) {
  const Value value = object.find(key);
  return value.is_number() ? value.as_int(-kMost, kMost) : 0;
}

bool flag_at(Value object, std::string_view key) {
  const Value value = object.find(key);
  return value.is_bool() && value.as_bool();
}

std::string reason_of(Value record, std::int64_t signal) {
  std::string reason = cell_text(record.find("reason"));
  const std::string cause = cell_text(record.find("ended_by"));
  if (signal != 0 && reason.empty())
    reason = fmt::format("signal {} ({})", signal, ::strsignal(static_cast<int>(signal)));
  const std::string why = cause.empty() || cause == "timeout" ? ""
                          : cause == "killed"                 ? cause
                                                              : "ended by " + cause;
  if (!why.empty()) reason = fmt::format("{}{}{}", why, reason.empty() ? "" : ": ", reason);
  return reason;
}

Outcome outcome_of_record(Value record, std::int64_t code) {
  const std::string state = cell_text(record.find("state"));
  if (state == "failed") return Outcome::not_started;
  if (state == "lost" || code == kCodeLost || code == kCodeProtocol) return Outcome::lost;
  const bool is_late = flag_at(record, "timed_out") || cell_text(record.find("ended_by")) == "timeout";
  if (is_late || code == kCodeTimeout) return Outcome::timed_out;
  return code == 0 ? Outcome::ok : Outcome::failed;
}

}  // namespace

std::string_view word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::started: return "started";
    case Outcome::failed: return "failed";
    case Outcome::timed_out: return "timed out";
    case Outcome::not_started: return "not started";
    case Outcome::lost: return "lost";
    case Outcome::unknown: return "unknown";
    case Outcome::offline: return "offline";
    case Outcome::silent: return "silent";
    case Outcome::refused: return "refused";
    case Outcome::broken: return "broken off";
    case Outcome::left: return "runs on";
    case Outcome::not_begun: return "not begun";
  }
  return "";
}

TaskEnd end_of(Value record) {
  TaskEnd end;
  end.code = number_at(record, "code");
  end.signal = number_at(record, "signal");
  end.reason = reason_of(record, end.signal);
  end.outcome = outcome_of_record(record, end.code);
  end.truncated = flag_at(record, "truncated");
  end.output_size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_at(record, "output_size")));
  end.kept_size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_at(record, "kept_size")));
  return end;
}

Outcome outcome_of(const agent::Error& error) {
  if (const auto* api = dynamic_cast<const ApiError*>(&error)) {
    if (api->code == 404) return Outcome::unknown;
    if (api->code == 504 && !api->is_page) return Outcome::silent;
    if (api->code == 500) return Outcome::lost;  // the agent went away meanwhile
    const Unavailable why = why_unavailable(*api);
    if (passes_by_itself(why)) return Outcome::broken;
    return why == Unavailable::agent_word ? Outcome::not_started : Outcome::refused;
  }
  return error.code() == Errc::timeout ? Outcome::silent : Outcome::broken;
}

int exit_code_of(const TaskEnd& end) {
  switch (end.outcome) {
    case Outcome::ok:
    case Outcome::started: return kOk;
    case Outcome::failed:
      if (end.code < 0)
        return end.signal > 0 && end.signal < 127 ? 128 + static_cast<int>(end.signal) : kFailed;
      return end.code > 255 ? kFailed : static_cast<int>(end.code);
    case Outcome::timed_out: return kTimedOut;
    case Outcome::not_started:
      return end.reason.find("No such file or directory") != std::string::npos ? kNotFound : kCannotStart;
    case Outcome::lost: return kLost;
    case Outcome::left: return 130;  // as programs that Ctrl-C ends
    default: return kOwnFailure;
  }
}

}  // namespace agentctl
