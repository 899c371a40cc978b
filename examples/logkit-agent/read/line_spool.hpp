// LineSpool: lines that cannot be read again, on disk between the stream they came from and the runner.
//
// What flush() has written survives a kill at any moment; sync() makes it survive the end of the machine. The
// directory is bounded: the front of a stream asks has_room() before it reads on, and counts what it has to
// throw away. A line stays until release().
//
// Threads: the front's functions belong to its thread, the runner's to the runner's, the others to any.
#pragma once

#include <agent/spool.hpp>
#include <agent/units.hpp>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "frame_splitter.hpp"

namespace logkit {

struct SpooledLine {
  std::uint64_t number = 0;
  std::string_view source;  // where it comes from
  std::string_view text;
  std::uint64_t cut = 0;  // bytes beyond the limit
};

class LineSpool {
 public:
  struct Options {
    std::string directory;
    agent::Bytes size{64 * 1024 * 1024};  // beyond which there is no room; at least 1Mi
  };
  // `on_lines` is called on the front's thread when there are new lines. Throws Errc::io, and Errc::busy when
  // somebody else has the directory.
  LineSpool(const Options& options, std::function<void()> on_lines);

  // ---- the front
  // There is room for as much as is read at once, and the disk takes it.
  bool has_room() const;
  // The line goes to the disk with the next flush(), at the latest when there are 256 KiB of them.
  void add(std::string_view source, const Frame& frame);
  // Writes what was added. False: the disk takes nothing; the lines wait for the next flush(), and problem()
  // says why.
  bool flush();
  // What waits for a place is given up and counted.
  void give_up();
  // What was lost outside of the spool.
  void count_lost(std::uint64_t lines, std::uint64_t bytes);
  // Called on the runner's thread when there may be room again. Before there are threads.
  void set_on_room(std::function<void()> on_room) { on_room_ = std::move(on_room); }
  const std::string& problem() const { return problem_; }
  // As if there were new ones: the front has ended.
  void tell_of_lines() { on_lines_(); }

  // ---- the runner
  // The next lines, views into the spool's memory until the next call; at most so many bytes, and one line in
  // any case if there is one.
  const std::vector<SpooledLine>& read(std::size_t most_bytes);
  // Everything was read.
  bool is_read() const { return next_ >= spool_.next(); }
  // Lines up to this number have been delivered.
  void release(std::uint64_t number);
  // Everything is on the disk; does nothing when nothing has changed. Throws Errc::io.
  void sync();

  // ---- any
  const std::string& id() const { return spool_.id(); }
  // Bytes on disk of lines that were not delivered.
  std::uint64_t bytes() const;
  // Lines and bytes that were thrown away or damaged.
  std::uint64_t lost_lines() const { return lost_lines_ + spool_.dropped(); }
  std::uint64_t lost_bytes() const { return lost_bytes_; }

 private:
  std::uint64_t limit_;
  agent::Spool spool_;
  std::function<void()> on_lines_;
  std::function<void()> on_room_;
  // The front's: records that wait, one behind the other, and where each of them ends.
  std::string waiting_;
  std::vector<std::size_t> ends_;
  std::string problem_;
  // The runner's.
  std::uint64_t next_;
  std::vector<agent::SpoolRecord> records_;
  std::vector<SpooledLine> lines_;

  std::atomic<bool> is_dirty_{false};
  std::atomic<std::uint64_t> released_;
  std::atomic<std::uint64_t> lost_lines_{0};
  std::atomic<std::uint64_t> lost_bytes_{0};
};

}  // namespace logkit
