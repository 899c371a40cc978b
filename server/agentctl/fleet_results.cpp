#include "agentctl/fleet_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "agent/base64.hpp"
#include "base/utf8.hpp"

namespace agentctl {
namespace {

bool is_good(const MachineResult& result) { return result.is_ok() || result.end.outcome == Outcome::started; }

bool has_code(const MachineResult& result) {
  return result.end.outcome == Outcome::ok || (result.end.outcome == Outcome::failed && result.end.code >= 0);
}

std::string seconds_text(std::chrono::milliseconds time) {
  return fmt::format("{:.1f}s", static_cast<double>(time.count()) / 1000);
}

std::vector<std::string> row_of(const MachineResult& result) {
  const bool has_run = !result.task.empty();
  return {result.agent,
          std::string(word_of(result.end.outcome)),
          has_code(result) ? std::to_string(result.end.code) : "",
          has_run ? seconds_text(result.took) : "",
          result.task,
          result.end.reason};
}

}  // namespace

std::string summary_of(const std::vector<MachineResult>& results) {
  std::map<Outcome, std::size_t> counts;
  for (const MachineResult& result : results) ++counts[result.end.outcome];
  std::string text;
  for (const auto& [outcome, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, word_of(outcome));
  return text;
}

std::string results_table(const std::vector<MachineResult>& results, bool only_bad, std::size_t width) {
  const std::vector<Column> columns{{.title = "AGENT", .key = {}}, {.title = "RESULT", .key = {}},
                                    {.title = "CODE", .key = {}},  {.title = "TIME", .key = {}},
                                    {.title = "TASK", .key = {}},  {.title = "REASON", .key = {}}};
  std::vector<std::vector<std::string>> rows;
  for (const MachineResult& result : results) {
    if (!only_bad || !is_good(result)) rows.push_back(row_of(result));
  }
  return rows.empty() ? std::string() : table_text(columns, rows, width);
}

std::string result_json(const MachineResult& result, std::string_view output) {
  agent::json::Writer out;
  out.begin_object().key("agent").string(result.agent).key("result").string(word_of(result.end.outcome));
  if (has_code(result)) out.key("code").integer(result.end.code);
  if (result.end.signal != 0) out.key("signal").integer(result.end.signal);
  if (!result.end.reason.empty()) out.key("reason").string(result.end.reason);
  if (!result.task.empty()) out.key("task").string(result.task);
  out.key("seconds").number(static_cast<double>(result.took.count()) / 1000);
  if (result.end.truncated) out.key("truncated").boolean(true);
  if (agent::is_utf8(output)) {
    out.key("output").string(output);
  } else {
    out.key("output_base64").string(agent::encode_base64(output));
  }
  return out.end_object().take();
}

int exit_code_of(const std::vector<MachineResult>& results) {
  return std::all_of(results.begin(), results.end(), is_good) ? kOk : kFailed;
}

}  // namespace agentctl
