#include "packed_check.hpp"

#include <algorithm>
#include <cstring>

#include "file_print.hpp"

namespace logkit {
namespace {

constexpr std::size_t kPart = 64 * 1024;

}  // namespace

PackedCheck::PackedCheck(InputFile file, Packing packing)
    : file_(std::move(file)), text_(packing), buffer_(kMarkSize + kPart) {}

PackedCheck::State PackedCheck::step(std::size_t bytes, const Wanted& wanted) {
  for (std::size_t done = 0; done < bytes; done += kPart) {
    count_ += text_.read(file_, std::span(buffer_).subspan(kMarkSize + count_));
    const bool is_full = count_ == kPart;
    if (!is_full && !text_.is_exhausted()) continue;
    if (!is_full && !text_.is_at_end()) return State::incomplete;
    note(wanted);
    if (is_full) continue;
    finish();
    return State::complete;
  }
  return State::going;
}

// The offset lies in the part or at its end.
std::uint64_t PackedCheck::mark_in_buffer(std::uint64_t offset) const {
  const std::size_t count = std::min<std::uint64_t>(offset, kMarkSize);
  return hash_of({buffer_.data() + kMarkSize + (offset - begin_) - count, count});
}

void PackedCheck::note(const Wanted& wanted) {
  if (!is_begun_) {
    facts_.head.assign(buffer_.data() + kMarkSize, std::min<std::size_t>(count_, kPrintSize));
    for (const std::uint64_t offset : wanted(facts_.head)) marks_[offset];
    is_begun_ = true;
  }
  for (auto mark = marks_.lower_bound(begin_); mark != marks_.end() && mark->first <= begin_ + count_; ++mark)
    mark->second = mark_in_buffer(mark->first);
  end_mark_ = mark_in_buffer(begin_ + count_);
  std::memmove(buffer_.data(), buffer_.data() + count_, kMarkSize);
  begin_ += count_;
  count_ = 0;
}

void PackedCheck::finish() {
  facts_.plain_size = begin_;
  facts_.packed_size = text_.taken();
  facts_.packed_mark = take_mark(file_, facts_.packed_size);
}

std::optional<std::uint64_t> PackedCheck::mark_at(std::uint64_t offset) const {
  if (offset == begin_) return end_mark_;
  const auto found = marks_.find(offset);
  return found == marks_.end() ? std::nullopt : found->second;
}

}  // namespace logkit
