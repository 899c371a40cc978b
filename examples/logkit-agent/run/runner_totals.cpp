#include "runner_totals.hpp"

#include <agent/error.hpp>
#include <agent/json.hpp>
#include <fstream>
#include <optional>

#include "examples/logkit-agent/read/checked_line.hpp"
#include "examples/logkit-agent/read/state_file.hpp"
#include "runner_status.hpp"

namespace logkit {
namespace {

StageTotals totals_of(const StageStatus& stage) { return {stage.errors, stage.success, stage.dead_letters}; }

void add(const StageTotals& totals, StageStatus& stage) {
  stage.errors += totals.errors;
  stage.success += totals.success;
  stage.dead_letters += totals.dead_letters;
}

void add(const std::map<std::string, StageTotals>& totals, std::map<std::string, StageStatus>& stages) {
  for (auto& [name, stage] : stages)
    if (const auto found = totals.find(name); found != totals.end()) add(found->second, stage);
}

// Nothing: the text is damaged, or of a version that is not known.
std::optional<RunnerTotals> read_totals(std::string_view line) {
  const std::optional<std::string_view> json = read_checked_line(line);
  if (!json) return std::nullopt;
  try {
    const auto totals = agent::json::decode<RunnerTotals>(std::string(*json));
    if (totals.version == RunnerTotals().version) return totals;
  } catch (const agent::Error&) {
  }
  return std::nullopt;
}

}  // namespace

RunnerTotals totals_of(const RunnerStatus& status) {
  RunnerTotals totals;
  totals.read_size = status.read_size;
  totals.read_count = status.read_count;
  totals.reader = totals_of(status.reader);
  totals.parser = totals_of(status.parser);
  for (const auto& [name, stage] : status.senders) totals.senders[name] = totals_of(stage);
  for (const auto& [name, stage] : status.transforms) totals.transforms[name] = totals_of(stage);
  return totals;
}

void add_totals(const RunnerTotals& totals, RunnerStatus& status) {
  status.read_size += totals.read_size;
  status.read_count += totals.read_count;
  add(totals.reader, status.reader);
  add(totals.parser, status.parser);
  add(totals.senders, status.senders);
  add(totals.transforms, status.transforms);
}

TotalsFile::TotalsFile(std::string path) : path_(std::move(path)) {
  std::ifstream file(path_, std::ios::binary);
  if (!file) return;
  std::string line;
  std::getline(file, line);
  if (const std::optional<RunnerTotals> totals = read_totals(line))
    before_ = *totals;
  else
    problem_ = path_ + " is damaged: what it counted begins at zero";
  saved_ = before_;
}

void TotalsFile::save(const RunnerTotals& totals) {
  if (totals == saved_) return;
  replace_file_synced(path_, checked_line(agent::json::encode(totals)));
  saved_ = totals;
}

}  // namespace logkit
