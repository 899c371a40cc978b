// TailedFile: one file that is followed: through renames, after its deletion, and when it is truncated.
//
// It holds the file open. Its lines come in order, each once in a generation: a file that was truncated or
// written anew begins its next generation at offset 0. Belongs to its reader's thread. Functions block for
// the time of their disk accesses.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "checkpoint.hpp"
#include "growth.hpp"
#include "input_file.hpp"
#include "line_decoder.hpp"
#include "line_splitter.hpp"

namespace logkit {

using SteadyTime = std::chrono::steady_clock::time_point;

struct TailOptions {
  LineSplitter::Options lines;
  std::string encoding;
  // A line without its end counts as one when nothing has followed for so long.
  std::chrono::nanoseconds line_timeout = std::chrono::seconds(10);
};

// The time on the steady clock of a time since 1970, but not one that is still to come.
SteadyTime steady_time(std::int64_t since_1970_ns);

class TailedFile;
// Takes a line of a file. False: no more at present; this one was taken.
using LineSink = std::function<bool(TailedFile&, const Line&)>;

class TailedFile : public std::enable_shared_from_this<TailedFile> {
 public:
  // Follows the file from `position` on, whose id, generation and offset count. `now`: of the steady clock.
  TailedFile(InputFile file, FilePosition position, const TailOptions& options, SteadyTime now);

  // Hands over lines: those that were read before, or else those of at most one block. False: no line was
  // handed over, and there is nothing more, as far as the last look() knows. Throws Errc::io.
  bool read(SteadyTime now, const LineSink& sink);
  // What has no line end counts as a line now.
  void end_line(const LineSink& sink);

  // Compares with what the file is now: whether it has grown, and whether it was truncated. Throws Errc::io.
  void look();
  // The same, and whether it was truncated and has grown again.
  void look_closely();
  // There is something that was not handed over, as far as look() and read() know.
  bool has_more() const { return known_size_ > splitter_.end_offset() || has_lines_; }
  // There are bytes without a line end, and nothing behind them.
  bool has_rest() const { return !has_more() && splitter_.pending() > 0; }
  // Everything was handed over, also what has no line end.
  bool is_drained() const { return !has_more() && splitter_.pending() == 0; }
  // As far as look() and read() know.
  std::uint64_t size() const { return known_size_; }
  // Bytes that were not handed over.
  std::uint64_t lag() const;
  // When the first of them came; nothing: there are none.
  std::optional<Arrival> oldest_unread() const { return growth_.arrival(splitter_.begin_offset()); }

  // For the checkpoint: the position behind a line of this generation. Reads a few bytes of the file.
  FilePosition position_at(std::uint64_t offset);
  // The position up to which it has been delivered, with the fingerprint as it is now.
  FilePosition delivered_position() { return position_at(position_.offset); }
  // Everything up to there has been delivered.
  void delivered(std::uint64_t generation, std::uint64_t offset);
  // All that was read has been delivered.
  bool is_delivered() const { return position_.offset >= splitter_.end_offset(); }

  // The file's first line as it is now, in UTF-8; "": its end is not among the first 64 KiB, or for a
  // compressed file the first kilobyte. Throws Errc::io.
  std::string first_line();

  const std::string& id() const { return position_.id; }
  std::uint64_t generation() const { return position_.generation; }
  const std::string& path() const { return position_.path; }
  void set_path(std::string path) { position_.path = std::move(path); }
  const InputFile& file() const { return file_; }
  FileKey key() const { return key_; }
  LineDecoder& decoder() { return decoder_; }
  const std::shared_ptr<Block>& block() const { return splitter_.block(); }

  SteadyTime last_change() const { return last_change_; }
  // No path leads to it any more.
  bool is_detached = false;
  // When its reader found it to be deleted.
  std::optional<SteadyTime> deleted_since;
  // It has grown, and nobody told of it: a network file system, or a memory mapping.
  bool is_silent = false;

  std::uint64_t truncations() const { return truncations_; }
  std::uint64_t lost_bytes() const { return lost_bytes_; }

 private:
  bool hand_over(const LineSink& sink);
  bool fill(SteadyTime now);
  bool is_same() const;
  void begin_anew(std::uint64_t unread);
  void note_mark(std::span<const char> last);
  void note_size(std::uint64_t size);
  void refresh_print();

  InputFile file_;
  FileKey key_;
  FilePosition position_;
  LineDecoder decoder_;
  LineSplitter splitter_;
  std::chrono::nanoseconds line_timeout_;
  SteadyTime last_change_;
  std::uint64_t known_size_ = 0;
  Growth growth_;
  std::uint64_t read_mark_ = 0;  // take_mark() at the offset up to which was read
  bool has_lines_ = false;
  std::uint64_t truncations_ = 0;
  std::uint64_t lost_bytes_ = 0;
};

}  // namespace logkit
