// SpoolFiles: which records a Spool has, in which files, and what became of the others. No I/O.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/spool_format.hpp"

namespace agent::spool {

// One file of records.
struct RecordFile {
  std::uint64_t first = 0;
  std::uint64_t after = 0;    // the highest number before it; those between are skipped, not lost
  std::uint64_t last = 0;     // before `first` when there is none
  std::uint64_t size = 0;     // bytes of whole records, the head counted
  std::uint64_t damaged = 0;  // of its records, as far as they have been counted
};

class SpoolFiles {
 public:
  // As found on the disk, in order. Those without a record that is still wanted are in `spare`, to be
  // removed.
  void begin(const Position& position, std::vector<RecordFile> files, std::vector<RecordFile>& spare);

  bool empty() const { return files_.empty(); }
  const RecordFile& front() const { return files_.front(); }
  const RecordFile& back() const { return files_.back(); }
  std::uint64_t bytes() const { return bytes_; }

  // The numbers of the next records; may be moved on, never back.
  std::uint64_t next() const { return next_; }
  void skip(std::uint64_t count) { next_ += count; }

  // A file that begins with the next record.
  void add_file();
  // `count` records more in the last file, which has grown by so many bytes.
  void add_records(std::uint64_t count, std::uint64_t bytes);
  // The last file, which has no records, is gone.
  void forget_last();

  // The oldest file gives way; what was wanted of it counts as dropped.
  RecordFile drop_oldest();
  // Records up to this number are not wanted any more. Returns the files that are not either; the last one
  // stays while it is the only one and not `worn`.
  std::vector<RecordFile> release(std::uint64_t up_to, std::uint64_t worn);

  // The file with this record or the first later one. Null: there is none.
  const RecordFile* find(std::uint64_t number) const;
  // Within the file that begins with `first`, the records of these numbers are not there, both included.
  void judge(std::uint64_t first, std::uint64_t from, std::uint64_t to);

  // What is to be kept of it all.
  const Position& position() const { return position_; }

 private:
  RecordFile take_front();

  Position position_;
  std::deque<RecordFile> files_;
  std::uint64_t next_ = 1;
  std::uint64_t bytes_ = 0;
};

}  // namespace agent::spool
