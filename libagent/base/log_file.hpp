// LogFile: one log file with its rotated ones, named as originals name them.
//
// By size: <name>.log is the current file, <name>.log.<n> the rotated ones, the highest number the newest.
// By date: the file of a past day becomes <name>_<YYYYMMDD>.log. Every write looks whether to rotate.
// One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/log.hpp"
#include "base/append_file.hpp"

namespace agent {

class LogFile {
 public:
  using Clock = std::chrono::system_clock;

  // Makes the directory, those above it (0750) and the file (0640) when they are missing, with these modes
  // whatever the umask. A file that exists is narrowed to its mode. Throws Errc::io.
  LogFile(const log::Options& options, Clock::time_point now);

  // Writes one line with its line end, whole or not at all as far as the disk allows. False when it was
  // lost; the next one tries again.
  bool write(std::string_view line, Clock::time_point now);
  void sync() { file_.sync(); }

  // The same in three steps, for those who must know after a kill what they have written: rotates if that is
  // due before another `size` bytes; where these go; how many of them were written, fewer with errno set.
  // What was written of the last line is for the caller to complete.
  void make_room(std::size_t size, Clock::time_point now);
  std::optional<AppendFile::Place> place();
  std::size_t append(std::string_view lines);

  // Writes to a file of the current name from now on, in case that somebody has moved the old one. Makes
  // directory and file as the constructor does. Throws Errc::io; the next write() tries again then.
  void reopen();

  // The current file and the rotated ones, newest first.
  std::vector<std::string> files() const;

 private:
  void open();
  bool is_due(std::size_t more, Clock::time_point now) const;
  void rotate(Clock::time_point now);
  void rotate_by_size();
  void rotate_by_date(Clock::time_point now);
  void set_day(Clock::time_point now);
  std::string path(std::string_view suffix) const;

  log::Options options_;
  AppendFile file_;
  std::uint64_t size_ = 0;
  std::uint64_t rotate_at_ = 0;  // size; moves on when a rotation fails
  std::string date_;             // of the current file, YYYYMMDD
  Clock::time_point day_begin_;  // of the day that `now` was in last
  Clock::time_point day_end_;
  bool torn_ = false;  // the last write stopped in the middle of a line
};

}  // namespace agent
