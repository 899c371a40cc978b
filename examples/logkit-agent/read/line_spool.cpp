#include "line_spool.hpp"

#include <algorithm>
#include <charconv>

namespace logkit {
namespace {

// Appended with one write.
constexpr std::size_t kPieceSize = 256 * 1024;
constexpr std::size_t kPieceLines = 4096;
constexpr std::uint64_t kLeastSize = 1024 * 1024;
constexpr std::uint64_t kLeastFile = 64 * 1024;

// The spool's own bound, at which the oldest records give way, is out of reach.
agent::SpoolOptions spool_options(const LineSpool::Options& options) {
  const std::uint64_t size = std::max(options.size.value, kLeastSize);
  return {.directory = options.directory,
          .size = agent::Bytes{4 * size},
          .file_size = agent::Bytes{std::max(size / 16, kLeastFile)}};
}

// A record: the source, a line end, the number of bytes that were cut off, a line end, the text.
SpooledLine to_line(const agent::SpoolRecord& record) {
  const std::string_view data = record.data;
  const std::size_t source = std::min(data.find('\n'), data.size());
  const std::size_t cut = std::min(data.find('\n', source + 1), data.size());
  SpooledLine line{record.number, data.substr(0, source), data.substr(std::min(cut + 1, data.size())), 0};
  if (source < cut) std::from_chars(data.data() + source + 1, data.data() + cut, line.cut);
  return line;
}

}  // namespace

LineSpool::LineSpool(const Options& options, std::function<void()> on_lines)
    : limit_(std::max(options.size.value, kLeastSize)),
      spool_(spool_options(options)),
      on_lines_(std::move(on_lines)),
      next_(spool_.first()),
      released_(next_ - 1) {}

bool LineSpool::has_room() const { return problem_.empty() && bytes() + waiting_.size() < limit_; }

void LineSpool::add(std::string_view source, const Frame& frame) {
  waiting_ += source;
  waiting_ += '\n';
  waiting_ += std::to_string(frame.cut);
  waiting_ += '\n';
  waiting_ += frame.text;
  ends_.push_back(waiting_.size());
  if (waiting_.size() >= kPieceSize && problem_.empty()) flush();
}

bool LineSpool::flush() {
  if (ends_.empty()) return true;
  std::vector<std::string_view> records;
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    records.push_back(std::string_view(waiting_).substr(begin, end - begin));
    begin = end;
  }
  if (spool_.append(records) == 0) {
    problem_ = "lines cannot be kept: " + spool_.problem();
    return false;
  }
  is_dirty_ = true;
  waiting_.clear();
  ends_.clear();
  problem_.clear();
  on_lines_();
  return true;
}

void LineSpool::give_up() {
  count_lost(ends_.size(), waiting_.size());
  waiting_.clear();
  ends_.clear();
  problem_.clear();
}

void LineSpool::count_lost(std::uint64_t lines, std::uint64_t bytes) {
  lost_lines_ += lines;
  lost_bytes_ += bytes;
}

const std::vector<SpooledLine>& LineSpool::read(std::size_t most_bytes) {
  const std::uint64_t end = spool_.next();
  records_ = spool_.read(next_, kPieceLines, std::min(most_bytes, kPieceSize));
  lines_.clear();
  for (const agent::SpoolRecord& record : records_) lines_.push_back(to_line(record));
  const bool is_gap = records_.empty() && end > next_;
  // Damaged records are passed over. Nothing before them may be on its way when they are forgotten.
  if (is_gap && released_ + 1 == next_) release(end - 1);
  next_ = records_.empty() ? std::max(next_, end) : records_.back().number + 1;
  return lines_;
}

void LineSpool::release(std::uint64_t number) {
  spool_.release(number);
  is_dirty_ = true;
  released_ = std::max<std::uint64_t>(released_, number);
  if (on_room_) on_room_();
}

void LineSpool::sync() {
  if (!is_dirty_.exchange(false)) return;
  try {
    spool_.sync();
  } catch (...) {
    is_dirty_ = true;
    throw;
  }
}

std::uint64_t LineSpool::bytes() const { return released_ + 1 >= spool_.next() ? 0 : spool_.bytes(); }

}  // namespace logkit
