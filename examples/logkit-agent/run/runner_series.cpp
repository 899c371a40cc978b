#include "runner_series.hpp"

#include <array>

namespace logkit {
namespace {

using agent::metrics::Exposition;

struct Series {
  const char* name;
  const char* type;
  const char* help;
  std::uint64_t (*value)(const RunnerStatus&);
};
constexpr std::array kSeries{
    Series{"logkit_read_bytes_total", "counter", "Bytes that were read",
           [](const RunnerStatus& s) { return s.read_size; }},
    Series{"logkit_read_lines_total", "counter", "Lines that were read, without blank ones",
           [](const RunnerStatus& s) { return s.read_count; }},
    Series{"logkit_parse_errors_total", "counter", "Lines that had another form than the parser's",
           [](const RunnerStatus& s) { return s.parser.errors; }},
    Series{"logkit_lag_bytes", "gauge", "Bytes of the files that were not read yet",
           [](const RunnerStatus& s) { return s.lag.size; }},
    Series{"logkit_open_files", "gauge", "Files that are followed",
           [](const RunnerStatus& s) { return s.open_files; }},
    Series{"logkit_files_without_series", "gauge",
           "Open files with fewer unread bytes than those with series",
           [](const RunnerStatus& s) { return s.files_left_out; }},
    Series{"logkit_detached_files", "gauge", "Files that are open and have no name any more",
           [](const RunnerStatus& s) { return s.detached_files; }},
    Series{"logkit_detached_bytes", "gauge", "Bytes in files that are open and have no name any more",
           [](const RunnerStatus& s) { return s.detached_bytes; }},
    Series{"logkit_truncations_total", "counter", "Files that were truncated or written anew",
           [](const RunnerStatus& s) { return s.truncations; }},
    Series{"logkit_lost_bytes_total", "counter", "Bytes that were cut off a file before they were read",
           [](const RunnerStatus& s) { return s.lost_bytes; }},
    Series{"logkit_given_up_files_total", "counter", "Deleted files that were beyond the limits",
           [](const RunnerStatus& s) { return s.given_up_files; }},
    Series{"logkit_given_up_bytes_total", "counter", "Bytes in them that were not read",
           [](const RunnerStatus& s) { return s.given_up_bytes; }},
    Series{"logkit_lost_lines_total", "counter", "Lines of streams for which there was no room",
           [](const RunnerStatus& s) { return s.lost_lines; }},
    Series{"logkit_connections", "gauge", "Connections that a reader has open",
           [](const RunnerStatus& s) { return s.connections; }},
    Series{"logkit_damaged_files_total", "counter", "Compressed files that were found to be damaged",
           [](const RunnerStatus& s) { return s.damaged_files; }},
    Series{"logkit_incomplete_files", "gauge", "Compressed files whose end is awaited",
           [](const RunnerStatus& s) { return s.incomplete_files; }},
    Series{"logkit_deleted_files_total", "counter", "Delivered files that the cleaner has deleted",
           [](const RunnerStatus& s) { return s.deleted_files; }},
    Series{"logkit_deleted_bytes_total", "counter", "Bytes in them",
           [](const RunnerStatus& s) { return s.deleted_bytes; }},
    Series{"logkit_cut_lines_total", "counter", "Lines that were longer than the limit",
           [](const RunnerStatus& s) { return s.cut_lines; }},
    Series{"logkit_cut_bytes_total", "counter", "Bytes of them that went no further",
           [](const RunnerStatus& s) { return s.cut_bytes; }},
};

struct SenderSeries {
  const char* name;
  const char* type;
  const char* help;
  std::uint64_t StageStatus::*value;
};
constexpr std::array kSenderSeries{
    SenderSeries{"logkit_sent_records_total", "counter", "Records that a sender has taken",
                 &StageStatus::success},
    SenderSeries{"logkit_send_errors_total", "counter", "Records of attempts that failed",
                 &StageStatus::errors},
    SenderSeries{"logkit_dead_letters_total", "counter", "Records that a receiver has refused for good",
                 &StageStatus::dead_letters},
    SenderSeries{"logkit_queue_bytes", "gauge", "Size of the queue on disk", &StageStatus::queue_bytes},
    SenderSeries{"logkit_dropped_records_total", "counter", "Records that a queue had no room for",
                 &StageStatus::dropped},
};

struct FileSeries {
  const char* name;
  const char* help;
  std::uint64_t FileStatus::*value;
};
constexpr std::array kFileSeries{
    FileSeries{"logkit_file_size_bytes", "Size of an open file, of those with the most unread bytes",
               &FileStatus::size},
    FileSeries{"logkit_file_lag_bytes", "Bytes of it that were not read yet", &FileStatus::lag},
};

void expose_sums(const RunnerStatuses& all, Exposition& out) {
  for (const Series& series : kSeries) {
    out.family(series.name, series.type, series.help);
    for (const auto& [name, status] : all) out.sample({{"runner", name}}, series.value(status));
  }
  out.family("logkit_lag_seconds", "gauge",
             "How long the oldest line that was not read has waited, at least");
  for (const auto& [name, status] : all) out.sample({{"runner", name}}, status.lag.seconds);
}

void expose_senders(const RunnerStatuses& all, Exposition& out) {
  for (const SenderSeries& series : kSenderSeries) {
    out.family(series.name, series.type, series.help);
    for (const auto& [name, status] : all)
      for (const auto& [sender, stage] : status.senders)
        out.sample({{"runner", name}, {"sender", sender}}, stage.*series.value);
  }
}

void expose_files(const RunnerStatuses& all, Exposition& out) {
  for (const FileSeries& series : kFileSeries) {
    out.family(series.name, "gauge", series.help);
    for (const auto& [name, status] : all)
      for (const auto& [path, file] : status.files)
        out.sample({{"runner", name}, {"path", path}}, file.*series.value);
  }
}

}  // namespace

void expose_runners(const RunnerStatuses& all, Exposition& out) {
  expose_sums(all, out);
  expose_senders(all, out);
  expose_files(all, out);
}

}  // namespace logkit
