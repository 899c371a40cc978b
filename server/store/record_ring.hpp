// RecordRing: what is to be written to a RecordStore's database, on its way there, in a ring in a mapped file
// (RingFile): the end of the process, however it comes, takes nothing of it.
//
// Any number of threads put, one takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "store/ring_file.hpp"

namespace server {

struct RecordRow {
  std::string id;
  std::int64_t expires = 0;  // Unix seconds, 0 = never
  std::string text;
};

struct RecordWrite {
  RecordRow row;
  bool is_removal = false;  // of the record of this id
};

class RecordRing {
 public:
  // Room for a thousand commands that begin and end: what a busy server does in half a second.
  static constexpr std::size_t kCapacity = 1024 * 1024;

  // Opens or makes the file. Throws what RingFile::open() does.
  explicit RecordRing(const std::string& path, std::size_t capacity = kCapacity);

  // ---- any thread

  // False when there is no room for it now. Neither a lock nor a system call.
  bool put(const RecordWrite& write);
  bool is_empty() const { return ring_->used() == 0; }
  bool is_half_full() const { return ring_->used() > ring_->capacity() / 2; }

  // ---- the one thread that takes

  // What was put before is in the database, which remembers this position. The file itself may not know: a
  // crash of the machine takes the last half minute of it. In a file that was made anew, nothing is.
  void skip_to(RingFile::Position position);
  // Everything up to here was taken.
  RingFile::Position taken() const { return ring_->written(); }
  // What was put until now ends here.
  RingFile::Position end() const { return ring_->written() + ring_->used(); }

  struct Batch {
    std::vector<RecordWrite> writes;  // in order, the last one of each id alone
    RingFile::Position end = 0;
  };
  // The next ones, about `bytes` of them.
  Batch next(std::size_t bytes) const;
  // They are in the database.
  void take(const Batch& batch) { ring_->mark(batch.end); }

  // Why a file that was there is not used, "" if it is.
  const std::string& fault() const { return ring_->fault(); }

 private:
  const std::unique_ptr<RingFile> ring_;
};

}  // namespace server
