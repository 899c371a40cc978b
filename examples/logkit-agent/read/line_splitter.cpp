#include "line_splitter.hpp"

#include <algorithm>
#include <cstring>

namespace logkit {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);
// Less room than this is not worth a read.
constexpr std::size_t kLeastRoom = 4096;

bool is_ascii(const char* bytes, std::size_t count) {
  std::uint64_t found = 0;
  std::size_t at = 0;
  for (; at + 8 <= count; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + at, 8);
    found |= word;
  }
  for (; at < count; ++at) found |= static_cast<unsigned char>(bytes[at]);
  return (found & 0x8080808080808080U) == 0;
}

std::size_t find_byte(const char* bytes, std::size_t from, std::size_t end) {
  const void* const found = std::memchr(bytes + from, '\n', end - from);
  return found == nullptr ? kNone : static_cast<std::size_t>(static_cast<const char*>(found) - bytes);
}

}  // namespace

LineSplitter::LineSplitter(const Options& options, std::uint64_t offset) : options_(options), base_(offset) {}

void LineSplitter::restart(std::uint64_t offset) {
  block_.reset();
  base_ = offset;
  begin_ = line_ = search_ = end_ = 0;
  passed_ = 0;
  is_ascii_ = true;
}

void LineSplitter::release_block() {
  if (pending() == 0 && passed_ == 0) restart(end_offset());
}

// Only the pending line is copied. What is beyond the limit has been dropped before.
void LineSplitter::move_to_new_block(std::uint64_t expected) {
  const std::size_t kept = pending();
  const std::size_t read = expected < options_.block ? std::max<std::size_t>(expected, 1) : options_.block;
  const std::size_t wanted = std::max(read, std::min(2 * kept, kept + options_.max_line + kLeastRoom));
  auto block = std::make_shared<Block>(kept == 0 ? wanted : std::max(wanted, kept + kLeastRoom));
  if (kept > 0) std::memcpy(block->bytes.get(), block_->bytes.get() + begin_, kept);
  base_ += begin_;
  search_ -= begin_;
  line_ -= begin_;
  begin_ = 0;
  end_ = kept;
  is_ascii_ = is_ascii(block->bytes.get(), kept);
  block_ = std::move(block);
}

std::span<char> LineSplitter::room(std::uint64_t expected) {
  if (block_ && begin_ == end_ && passed_ == 0 && block_.use_count() == 1) {
    base_ += begin_;
    begin_ = line_ = search_ = end_ = 0;
    is_ascii_ = true;
  }
  const std::uint64_t least = std::min<std::uint64_t>({kLeastRoom, options_.block, expected});
  if (!block_ || block_->capacity - end_ < std::max<std::uint64_t>(least, 1)) move_to_new_block(expected);
  return {block_->bytes.get() + end_, block_->capacity - end_};
}

void LineSplitter::filled(std::size_t count) {
  is_ascii_ = is_ascii_ && is_ascii(block_->bytes.get() + end_, count);
  end_ += count;
}

// The place of the line end's first byte.
std::size_t LineSplitter::find_end() const {
  const char* const bytes = block_->bytes.get();
  if (options_.unit == Unit::byte) return find_byte(bytes, search_, end_);
  const std::size_t which = options_.unit == Unit::two_big ? 1 : 0;
  for (std::size_t at = find_byte(bytes, search_, end_); at != kNone; at = find_byte(bytes, at + 1, end_)) {
    // Characters begin at even offsets of the file, and the pending line begins with one.
    const std::size_t first = at - which;
    if (at < begin_ + which || (first - begin_ + passed_) % 2 != 0 || first + 1 >= end_) continue;
    if (bytes[first + 1 - which] == '\0') return first;
  }
  return kNone;
}

// A record is complete when the line behind it begins another one.
bool LineSplitter::next_record(Line& line) {
  while (search_ < end_) {
    const std::size_t found = find_byte(block_->bytes.get(), search_, end_);
    const std::size_t line_end = found == kNone ? end_ : found + 1;
    // A line that does not fit is a record of its own.
    const bool is_full = line_end - begin_ > options_.max_line;
    const bool has_record = line_ > begin_ && passed_ == 0;
    if (has_record && (is_full || (found != kNone && options_.is_head(text_of(line_, found))))) {
      search_ = line_;
      take(line, line_ - 1, line_);
      return true;
    }
    if (found == kNone) {
      search_ = end_;
      if (is_overlong()) drop_overlong_tail();
      return false;
    }
    if (is_full || passed_ > 0) {
      take(line, found, line_end);
      return true;
    }
    line_ = search_ = line_end;
  }
  return false;
}

std::string_view LineSplitter::text_of(std::size_t begin, std::size_t end) const {
  return {block_->bytes.get() + begin, end - begin};
}

bool LineSplitter::next(Line& line) {
  if (!block_ || search_ >= end_) return false;
  if (options_.is_head) return next_record(line);
  const std::size_t found = find_end();
  if (found == kNone) {
    // A character of two bytes may be half there.
    search_ = options_.unit == Unit::byte ? end_ : end_ - (end_ - begin_ + passed_) % 2;
    if (is_overlong()) drop_overlong_tail();
    return false;
  }
  take(line, found, found + (options_.unit == Unit::byte ? 1 : 2));
  return true;
}

bool LineSplitter::rest(Line& line) {
  if (!block_ || begin_ == end_) return false;
  const bool has_record = line_ > begin_ && line_ < end_ && passed_ == 0;
  if (options_.is_head && has_record && options_.is_head(text_of(line_, end_))) {
    take(line, line_ - 1, line_);
    return true;
  }
  // A record of whole lines ends as they do.
  const bool ends_with_line = line_ == end_ && line_ > begin_;
  take(line, ends_with_line ? end_ - 1 : end_, end_);
  return true;
}

void LineSplitter::take(Line& line, std::size_t text_end, std::size_t line_end) {
  const char* const text = block_->bytes.get() + begin_;
  std::size_t size = text_end - begin_;
  line.cut = passed_;
  if (size > options_.max_line) {
    line.cut += size - options_.max_line;
    size = options_.max_line;
  }
  line.begin = base_ + begin_;
  base_ += passed_;
  passed_ = 0;
  line.end = base_ + line_end;
  if (options_.unit == Unit::byte && !options_.keeps_return && line.cut == 0 && text_end < line_end &&
      size > 0 && text[size - 1] == '\r')
    --size;
  line.text = {text, size};
  line.is_ascii = is_ascii_;
  begin_ = line_ = search_ = line_end;
}

// The line's first bytes stay, the others make room for what comes.
void LineSplitter::drop_overlong_tail() {
  std::size_t keep = options_.max_line;
  if (options_.unit != Unit::byte) keep -= keep % 2;
  const std::size_t tail = end_ - search_;  // half of a character
  if (begin_ + keep >= search_) return;
  char* const bytes = block_->bytes.get();
  std::memmove(bytes + begin_ + keep, bytes + search_, tail);
  passed_ += search_ - begin_ - keep;
  search_ = begin_ + keep;
  end_ = search_ + tail;
}

}  // namespace logkit
