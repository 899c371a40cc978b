#include "commands/output_spool.hpp"

#include <algorithm>
#include <utility>

namespace server {

std::uint64_t SpoolBudget::take(std::uint64_t wanted) {
  std::uint64_t used = used_.load(std::memory_order_relaxed);
  std::uint64_t given = 0;
  do {
    given = used >= limit_ ? 0 : std::min(wanted, limit_ - used);
  } while (given > 0 && !used_.compare_exchange_weak(used, used + given, std::memory_order_relaxed));
  return given;
}

Spool::Spool(std::uint64_t limit, SpoolBudget& budget, const SpoolMark& found)
    : limit_(limit),
      budget_(budget),
      in_file_(found.kept),
      kept_(found.kept),
      total_(found.total),
      seq_(found.seq) {
  budget_.take(found.kept);
}

Spool::~Spool() { budget_.give_back(kept_); }

void Spool::append(std::string bytes, std::uint64_t seq) {
  seq_ = std::max(seq_, seq);
  // A gap cannot be filled later: what follows one is not kept either.
  const std::uint64_t room = is_truncated() || kept_ >= limit_ ? 0 : limit_ - kept_;
  const std::uint64_t given = budget_.take(std::min<std::uint64_t>(bytes.size(), room));
  kept_ += given;
  total_ += bytes.size();
  dropped_ += bytes.size() - given;
  ++messages_;
  bytes.resize(given);
  if (memory_.empty()) {
    memory_ = std::move(bytes);
  } else {
    memory_ += bytes;
  }
}

std::shared_ptr<const SpoolBatch> Spool::begin_flush() {
  dropped_ = 0;
  messages_ = 0;
  batch_ = std::make_shared<SpoolBatch>(SpoolBatch{std::exchange(memory_, {}), total_, seq_});
  return batch_;
}

std::uint64_t Spool::end_flush() {
  in_file_ += batch_->bytes.size();
  return std::exchange(batch_, nullptr)->seq;
}

void Spool::break_off_flush(const SpoolMark& file) {
  if (file.kept > in_file_) {
    end_flush();
    return;
  }
  memory_.insert(0, batch_->bytes);
  batch_.reset();
}

std::uint64_t Spool::fail_flush() {
  const std::uint64_t lost = batch_->bytes.size() + memory_.size();
  budget_.give_back(lost);
  kept_ -= lost;
  limit_ = kept_;
  dropped_ = memory_.size();  // whoever waits for their acknowledgement goes on
  memory_.clear();
  return std::exchange(batch_, nullptr)->seq;
}

SpoolPart Spool::locate(std::uint64_t offset, std::size_t count) const {
  SpoolPart part;
  if (offset < in_file_) {
    part.in_file = true;
    part.offset = offset;
    part.count = static_cast<std::size_t>(std::min<std::uint64_t>(count, in_file_ - offset));
    return part;
  }
  const std::uint64_t behind = offset - in_file_;
  const std::uint64_t batch_size = batch_ ? batch_->bytes.size() : 0;
  if (behind < batch_size) {
    part.bytes = batch_->bytes.substr(behind, count);
  } else if (behind - batch_size < memory_.size()) {
    part.bytes = memory_.substr(behind - batch_size, count);
  }
  return part;
}

}  // namespace server
