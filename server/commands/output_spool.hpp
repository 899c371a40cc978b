// Spool: the output of one command: memory first, then disk (seed 004, the two-level cache). No I/O of its
// own: it says what is to be written and where a reader finds its bytes; the command does it on the pool.
//
// Belongs to the command's loop. Reading and appending have positions of their own, so that any number of
// readers follow one writer.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "commands/spool_file.hpp"

namespace server {

// Output beyond this goes to disk; the originals' figure.
inline constexpr std::size_t kSpoolMemory = 102'400;
// So does output of more messages: an agent keeps messages, not bytes, until they are acknowledged, and waits
// when it has 256 KiB of them. This many have room there with 100 KiB in them.
inline constexpr std::size_t kSpoolMessages = 512;
// Output up to this needs no file: it is a part of the command's last record, and stays in memory with it.
inline constexpr std::size_t kSpoolInRecord = 4096;
// What waits for the disk: a peer that can be asked to wait is asked from here on.
inline constexpr std::size_t kSpoolBacklog = 4 * 1024 * 1024;

// What all outputs together may take. Thread-safe.
class SpoolBudget {
 public:
  explicit SpoolBudget(std::uint64_t limit) : limit_(limit) {}
  // As much of `wanted` as is free.
  std::uint64_t take(std::uint64_t wanted);
  void give_back(std::uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

// One write to the file.
struct SpoolBatch {
  std::string bytes;
  std::uint64_t total = 0;
  std::uint64_t seq = 0;
};

// Where bytes are: in `bytes`, or `count` of them in the file from `offset` on.
struct SpoolPart {
  std::string bytes;
  bool in_file = false;
  std::uint64_t offset = 0;
  std::size_t count = 0;
};

class Spool {
 public:
  // `limit`: bytes that are kept of one command; `budget` outlives it. `found`: what the file holds already.
  Spool(std::uint64_t limit, SpoolBudget& budget, const SpoolMark& found = {});
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Bytes beyond a limit are counted, not kept.
  void append(std::string bytes, std::uint64_t seq);

  std::uint64_t kept() const { return kept_; }
  std::uint64_t total() const { return total_; }
  bool is_truncated() const { return total_ > kept_; }
  // Bytes in memory.
  std::size_t held() const { return memory_.size() + (batch_ ? batch_->bytes.size() : 0); }

  // ---- the disk

  // Bytes that are not kept leave a mark to write: how many there were, and which message was the last.
  bool wants_flush() const {
    return !batch_ && (memory_.size() + dropped_ > kSpoolMemory || messages_ > kSpoolMessages);
  }
  bool has_unwritten() const { return batch_ || !memory_.empty() || dropped_ > 0; }
  bool is_congested() const { return memory_.size() > kSpoolBacklog; }
  bool is_flushing() const { return batch_ != nullptr; }
  // What to write now. One at a time; end_flush() follows.
  std::shared_ptr<const SpoolBatch> begin_flush();
  // The batch is in the file. The number of the last message that is.
  std::uint64_t end_flush();
  // Nobody will say how the write ended, but the file does.
  void break_off_flush(const SpoolMark& file);
  // It could not be written: from there on only the size is kept. The number of the last message that was in
  // it.
  std::uint64_t fail_flush();

  // ---- readers

  // All of it, if nothing is on the disk or on its way there.
  std::optional<std::string_view> in_memory() const {
    if (in_file_ > 0 || batch_) return std::nullopt;
    return memory_;
  }

  // The next part from `offset` on, at most `count` bytes; empty when there is nothing (yet).
  SpoolPart locate(std::uint64_t offset, std::size_t count) const;

 private:
  std::uint64_t limit_;
  SpoolBudget& budget_;
  std::uint64_t in_file_;  // bytes
  std::shared_ptr<const SpoolBatch> batch_;
  std::string memory_;         // behind the file and the batch
  std::uint64_t dropped_ = 0;  // bytes that were not kept since the last batch
  std::size_t messages_ = 0;   // since then
  std::uint64_t kept_;
  std::uint64_t total_;
  std::uint64_t seq_;
};

}  // namespace server
