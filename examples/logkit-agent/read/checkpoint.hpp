// Checkpoint: up to where each file of a runner has been read and delivered, on disk.
//
// The file `checkpoint` has a line for each change (checked_line.hpp).
// A line says everything about one file and counts until the next line for that file; a line that is damaged
// or half written is passed over, so that the state before it counts: never zero, and never further than what
// was delivered. When the file has grown it is replaced by one line for each file, and the one before stays
// beside it as `checkpoint.old`, which is read where the new one is damaged.
//
// put() survives the end of the process, kill -9 included, when it returns; sync() the end of the machine.
// Belongs to one thread. Functions block.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "file_print.hpp"
#include "state_file.hpp"

namespace logkit {

struct FilePosition {
  std::string id;    // of the file, given at first sight: sixteen hexadecimal digits
  std::string path;  // where it was last
  FilePrint print;
  std::uint64_t generation = 0;  // how often it began anew: truncated, written again
  std::uint64_t offset = 0;      // bytes that were delivered
  std::uint64_t mark = 0;        // take_mark() at the offset
  // The size of a compressed file when it was complete, and that of its text, in which the offset is. 0: the
  // file is not compressed.
  std::uint64_t packed_size = 0;
  std::uint64_t plain_size = 0;
  // For a file that has no first bytes yet: when it was seen so, since 1970. Its content is younger.
  std::int64_t empty_at_ns = 0;

  bool operator==(const FilePosition&) const = default;
};

// For a file that nothing is known of: random.
std::string new_file_id();
// One line of the file, with its end. An entry with an empty `print` and no path forgets its file.
std::string checkpoint_line(const FilePosition& position);
// False: the line is damaged, or of a version that is not known.
bool read_checkpoint_line(std::string_view line, FilePosition& position);

class Checkpoint {
 public:
  // Opens `<directory>/checkpoint`, or makes it. Throws Errc::io.
  explicit Checkpoint(const std::string& directory);

  // What is known, by the files' ids.
  const std::map<std::string, FilePosition>& positions() const { return positions_; }
  // Nobody had one in that directory before.
  bool is_new() const { return is_new_; }
  // Lines of the file that were damaged when it was opened.
  std::uint64_t damaged() const { return damaged_; }

  // Notes the positions, with one write. When that fails, Errc::io is thrown, and they are noted by the next
  // call.
  void put(std::span<const FilePosition> positions);
  // The file is gone, and nothing of it is wanted any more.
  void forget(const std::string& id);
  // On the disk. A file that somebody has removed is made again. Throws Errc::io.
  void sync();
  // Forgets everything.
  void clear();

 private:
  bool load(const std::string& path);
  std::string snapshot() const;
  void write(std::string text);
  void compact_if_large();

  std::string path_;
  std::map<std::string, FilePosition> positions_;
  std::uint64_t damaged_ = 0;
  std::unique_ptr<StateFile> file_;
  std::string unwritten_;
  bool is_new_ = false;
  bool is_dirty_ = false;
  std::uint64_t snapshot_size_ = 0;
};

}  // namespace logkit
