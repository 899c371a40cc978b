#include "base/spool_walk.hpp"

#include <algorithm>

#include "base/spool_format.hpp"

namespace agent::spool {
namespace {

// Bytes per read: as many as keep the system's calls cheap.
constexpr std::size_t kBlock = 128 * 1024;

}  // namespace

// Sees to it that so many bytes are in the buffer; false when the file has not so many.
bool SpoolWalk::fill(std::size_t needed) {
  if (buffer_.size() - at_ >= needed) return true;
  const std::uint64_t left = end_ - offset_;
  if (left < needed) return false;
  buffer_.erase(0, at_);
  at_ = 0;
  const std::uint64_t wanted = std::min<std::uint64_t>(std::max(needed, kBlock), left);
  buffer_ += file_.read_at(offset_ + buffer_.size(), static_cast<std::size_t>(wanted) - buffer_.size());
  return buffer_.size() >= needed;
}

std::optional<SpoolWalk::Record> SpoolWalk::next() {
  std::size_t needed = kRecordHeadSize;
  while (fill(needed)) {
    const Step step = read_step(std::string_view(buffer_).substr(at_), number_);
    needed = kRecordHeadSize;
    if (step.kind == Step::Kind::cut_off) {
      needed = step.size;
      if (step.size <= end_ - offset_) continue;
      needed = kRecordHeadSize;  // it says that it ends behind the end
      at_ += 1;
      offset_ += 1;
      continue;
    }
    at_ += step.size;
    offset_ += step.size;
    if (step.kind == Step::Kind::damaged) continue;
    number_ = step.number;
    record_end_ = offset_;
    return Record{step.number, step.data};
  }
  return std::nullopt;
}

}  // namespace agent::spool
