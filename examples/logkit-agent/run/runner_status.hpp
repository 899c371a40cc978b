// RunnerStatus: what a runner says about itself, under the names that the original has (docs/logs.md).
#pragma once

#include <agent/json.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "error_history.hpp"
#include "examples/logkit-agent/read/tailed_file.hpp"
#include "runner_totals.hpp"

namespace logkit {

struct StageStatus {
  std::uint64_t errors = 0;
  std::uint64_t success = 0;
  double speed = 0;  // records a second
  std::string trend = "stable";
  std::string last_error;
  // Senders have these.
  std::string circuit;
  std::uint64_t dead_letters = 0;
  std::uint64_t queue_bytes = 0;
  std::uint64_t dropped = 0;

  static void fields(auto& field) {
    field("errors", &StageStatus::errors);
    field("success", &StageStatus::success);
    field("speed", &StageStatus::speed);
    field("trend", &StageStatus::trend);
    field("last_error", &StageStatus::last_error);
    field("circuit", &StageStatus::circuit, "", agent::omit_empty);
    field("dead_letters", &StageStatus::dead_letters, "", agent::omit_empty);
    field("queue_bytes", &StageStatus::queue_bytes, "", agent::omit_empty);
    field("dropped", &StageStatus::dropped, "", agent::omit_empty);
  }
};

struct LagStatus {
  std::uint64_t size = 0;  // bytes that were not read
  std::string sizeunit = "bytes";
  std::uint64_t files = 0;   // with such bytes
  std::uint64_t ftlags = 0;  // batches on their way
  std::uint64_t total = 0;   // size
  double seconds = 0;        // the oldest line that was not read has waited; the original does not have it
  bool at_least = false;     // it may have waited longer: it was there before the runner

  static void fields(auto& field) {
    field("size", &LagStatus::size);
    field("sizeunit", &LagStatus::sizeunit);
    field("files", &LagStatus::files);
    field("ftlags", &LagStatus::ftlags);
    field("total", &LagStatus::total);
    field("seconds", &LagStatus::seconds);
    field("at_least", &LagStatus::at_least, "", agent::omit_empty);
  }
};

// The open files of one path: the one that has it now, and those that had it.
struct FileStatus {
  std::uint64_t size = 0;
  std::uint64_t lag = 0;  // bytes that were not read
};

// Each null when there was none.
struct HistoryErrors {
  std::vector<HistoryError> read;
  std::vector<HistoryError> parse;
  std::vector<HistoryError> transform;  // "<type>-<number>: <error>"
  std::vector<HistoryError> send;       // the same of senders

  static void fields(auto& field) {
    field("read_errors", &HistoryErrors::read);
    field("parse_errors", &HistoryErrors::parse);
    field("transform_errors", &HistoryErrors::transform);
    field("send_errors", &HistoryErrors::send);
  }
};

struct RunnerStatus {
  std::string name;
  std::string logpath;
  RunnerTotals before;           // what was counted up to the runner's start, and is among the counters here
  std::uint64_t read_size = 0;   // bytes, since the runner was made
  std::uint64_t read_count = 0;  // lines that were not blank
  double elapsed = 0;            // seconds
  LagStatus lag;
  StageStatus reader;
  StageStatus parser;
  std::map<std::string, StageStatus> senders;
  std::map<std::string, StageStatus> transforms;
  std::string error;
  double read_speed_kb = 0;  // bytes a second, as the original has it
  double read_speed = 0;     // lines a second
  std::string read_speed_trend_kb = "stable";
  std::string read_speed_trend = "stable";
  std::string running = "running";
  HistoryErrors history;
  // What the original does not have.
  std::uint64_t open_files = 0;
  std::uint64_t detached_files = 0;  // without a name, still open
  std::uint64_t detached_bytes = 0;  // in them
  std::uint64_t truncations = 0;
  std::uint64_t lost_bytes = 0;
  std::uint64_t given_up_files = 0;
  std::uint64_t given_up_bytes = 0;
  std::uint64_t cut_lines = 0;
  std::uint64_t cut_bytes = 0;
  std::uint64_t repaired_lines = 0;
  // Readers of streams have these.
  std::uint64_t connections = 0;
  std::uint64_t lost_lines = 0;  // for which there was no room
  std::uint64_t script_runs = 0;
  std::uint64_t script_failures = 0;
  int script_exit_code = 0;            // of the last run
  std::uint64_t damaged_files = 0;     // compressed ones
  std::uint64_t incomplete_files = 0;  // compressed ones whose end is awaited
  std::uint64_t deleted_files = 0;     // by the cleaner
  std::uint64_t deleted_bytes = 0;
  std::vector<std::string> warnings;
  // For the series only. By agent::path_text() of the paths; those with the most unread bytes, as they were
  // a second ago at most.
  std::map<std::string, FileStatus> files;
  std::uint64_t files_left_out = 0;

  static void fields(auto& field) {
    field("name", &RunnerStatus::name);
    field("logpath", &RunnerStatus::logpath);
    field("readDataSize", &RunnerStatus::read_size);
    field("readDataCount", &RunnerStatus::read_count);
    field("elaspedtime", &RunnerStatus::elapsed);
    field("lag", &RunnerStatus::lag);
    field("readerStats", &RunnerStatus::reader);
    field("parserStats", &RunnerStatus::parser);
    field("senderStats", &RunnerStatus::senders);
    field("transformStats", &RunnerStatus::transforms);
    field("error", &RunnerStatus::error, "", agent::omit_empty);
    field("readspeed_kb", &RunnerStatus::read_speed_kb);
    field("readspeed", &RunnerStatus::read_speed);
    field("readspeedtrend_kb", &RunnerStatus::read_speed_trend_kb);
    field("readspeedtrend", &RunnerStatus::read_speed_trend);
    field("runningStatus", &RunnerStatus::running);
    field("history_errors", &RunnerStatus::history);
    field("open_files", &RunnerStatus::open_files);
    field("detached_files", &RunnerStatus::detached_files);
    field("detached_bytes", &RunnerStatus::detached_bytes);
    field("truncations", &RunnerStatus::truncations);
    field("lost_bytes", &RunnerStatus::lost_bytes);
    field("given_up_files", &RunnerStatus::given_up_files);
    field("given_up_bytes", &RunnerStatus::given_up_bytes);
    field("cut_lines", &RunnerStatus::cut_lines);
    field("cut_bytes", &RunnerStatus::cut_bytes);
    field("repaired_lines", &RunnerStatus::repaired_lines);
    field("connections", &RunnerStatus::connections, "", agent::omit_empty);
    field("lost_lines", &RunnerStatus::lost_lines, "", agent::omit_empty);
    field("script_runs", &RunnerStatus::script_runs, "", agent::omit_empty);
    field("script_failures", &RunnerStatus::script_failures, "", agent::omit_empty);
    field("script_exit_code", &RunnerStatus::script_exit_code, "", agent::omit_empty);
    field("damaged_files", &RunnerStatus::damaged_files);
    field("incomplete_files", &RunnerStatus::incomplete_files);
    field("deleted_files", &RunnerStatus::deleted_files, "", agent::omit_empty);
    field("deleted_bytes", &RunnerStatus::deleted_bytes, "", agent::omit_empty);
    field("warnings", &RunnerStatus::warnings, "", agent::omit_empty);
  }
};

// Speeds out of counters, over a second at least; between two of them the speeds stay. Pure.
class SpeedMeter {
 public:
  void measure(RunnerStatus& status, SteadyTime now);

 private:
  struct Speed {
    std::uint64_t count = 0;
    double value = 0;
    std::string trend = "stable";
  };
  double seconds_ = 0;
  SteadyTime last_{};
  std::map<std::string, Speed> speeds_;
  void put(const std::string& name, std::uint64_t count, bool is_due, double& speed, std::string& trend);
};

// "up" and "down" are a change of more than a fifth.
std::string trend_of(double before, double now);

}  // namespace logkit
