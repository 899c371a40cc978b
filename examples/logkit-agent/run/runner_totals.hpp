// RunnerTotals: what a runner has counted since it was made, beyond its restarts, and the file that keeps it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace logkit {

struct RunnerStatus;

struct StageTotals {
  std::uint64_t errors = 0;
  std::uint64_t success = 0;
  std::uint64_t dead_letters = 0;  // of senders

  bool operator==(const StageTotals&) const = default;
  static void fields(auto& field) {
    field("errors", &StageTotals::errors);
    field("success", &StageTotals::success);
    field("dead_letters", &StageTotals::dead_letters);
  }
};

struct RunnerTotals {
  int version = 1;
  std::uint64_t read_size = 0;   // bytes
  std::uint64_t read_count = 0;  // lines that were not blank
  StageTotals reader;
  StageTotals parser;
  std::map<std::string, StageTotals> senders;
  std::map<std::string, StageTotals> transforms;

  bool operator==(const RunnerTotals&) const = default;
  static void fields(auto& field) {
    field("v", &RunnerTotals::version);
    field("read_size", &RunnerTotals::read_size);
    field("read_count", &RunnerTotals::read_count);
    field("reader", &RunnerTotals::reader);
    field("parser", &RunnerTotals::parser);
    field("senders", &RunnerTotals::senders);
    field("transforms", &RunnerTotals::transforms);
  }
};

RunnerTotals totals_of(const RunnerStatus& status);
// Stages that the status does not have are left out.
void add_totals(const RunnerTotals& totals, RunnerStatus& status);

// TotalsFile: one line (checked_line.hpp) that is replaced as a whole. Belongs to one thread.
class TotalsFile {
 public:
  // A file that is missing means zero, and so does one that is damaged.
  explicit TotalsFile(std::string path);

  // When it was opened.
  const RunnerTotals& before() const { return before_; }
  // Why before() is zero although there was a file; "" otherwise.
  const std::string& problem() const { return problem_; }
  // On the disk, all or nothing. Nothing is written when the file has them already. Throws Errc::io.
  void save(const RunnerTotals& totals);

 private:
  std::string path_;
  RunnerTotals before_;
  RunnerTotals saved_;
  std::string problem_;
};

}  // namespace logkit
