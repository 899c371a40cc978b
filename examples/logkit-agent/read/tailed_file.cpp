#include "tailed_file.hpp"

#include <algorithm>
#include <array>

namespace logkit {
namespace {

constexpr std::size_t kMostOfFirstLine = 64 * 1024;

std::string first_bytes(const InputFile& file) {
  std::array<char, 2> bytes;
  return {bytes.data(), file.read_at(0, bytes)};
}

std::int64_t ns_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

LineSplitter::Options with_unit(LineSplitter::Options options, Unit unit) {
  options.unit = unit;
  return options;
}

}  // namespace

SteadyTime steady_time(std::int64_t since_1970_ns) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto age = now - std::chrono::nanoseconds(since_1970_ns);
  return std::chrono::steady_clock::now() - std::max<std::chrono::nanoseconds>(age, {});
}

TailedFile::TailedFile(InputFile file, FilePosition position, const TailOptions& options, SteadyTime now)
    : file_(std::move(file)),
      position_(std::move(position)),
      decoder_(options.encoding, first_bytes(file_)),
      splitter_(with_unit(options.lines, decoder_.unit()), position_.offset),
      line_timeout_(options.line_timeout),
      last_change_(now) {
  const FileFacts facts = file_.facts();
  key_ = facts.key;
  known_size_ = facts.size;
  growth_.begin(known_size_, steady_time(facts.modified_ns));
  position_.print = take_print(file_);
  read_mark_ = take_mark(file_, position_.offset);
}

std::uint64_t TailedFile::lag() const {
  const std::uint64_t read = splitter_.begin_offset();
  return known_size_ > read ? known_size_ - read : 0;
}

bool TailedFile::read(SteadyTime now, const LineSink& sink) {
  if (has_lines_ && hand_over(sink)) return true;
  if (known_size_ > splitter_.end_offset() && fill(now)) {
    hand_over(sink);
    if (is_drained()) splitter_.release_block();  // thousands of files may be so
    return true;
  }
  if (splitter_.pending() == 0) {
    splitter_.release_block();
    return false;
  }
  if (now - last_change_ < line_timeout_) return false;
  // What has come since the last look ends the line, or goes on with it.
  look();
  if (known_size_ > splitter_.end_offset()) return read(now, sink);
  if (splitter_.pending() == 0) return false;
  end_line(sink);
  return true;
}

// True if a line was handed over.
bool TailedFile::hand_over(const LineSink& sink) {
  bool any = false;
  for (Line line; splitter_.next(line);) {
    any = true;
    has_lines_ = true;
    if (!sink(*this, line)) return true;
  }
  has_lines_ = false;
  return any;
}

void TailedFile::end_line(const LineSink& sink) {
  Line line;
  while (splitter_.rest(line)) sink(*this, line);
}

void TailedFile::look() {
  const std::uint64_t size = file_.facts().size;
  const std::uint64_t read = splitter_.end_offset();
  if (size < read) begin_anew(known_size_ > read ? known_size_ - read : 0);
  note_size(size);
}

void TailedFile::note_size(std::uint64_t size) {
  if (size > known_size_) growth_.grew(size, std::chrono::steady_clock::now());
  growth_.forget_before(splitter_.begin_offset());
  known_size_ = size;
}

// Reads a block. False: there is nothing more.
bool TailedFile::fill(SteadyTime now) {
  const std::uint64_t offset = splitter_.end_offset();
  const std::span<char> room = splitter_.room(known_size_ - std::min(known_size_, offset));
  const std::size_t count = file_.read_at(offset, room);
  if (count == 0) {
    look();
    return false;
  }
  // A file that was truncated and has grown again has other bytes where it was read. What it had behind them
  // was never seen.
  if (!is_same()) {
    begin_anew(0);
    return fill(now);
  }
  splitter_.filled(count);
  note_mark(room.first(count));
  note_size(std::max(known_size_, splitter_.end_offset()));
  last_change_ = now;
  return true;
}

// What was read is still there, as far as the first kilobyte and the last bytes tell.
bool TailedFile::is_same() const {
  return take_mark(file_, splitter_.end_offset()) == read_mark_ && has_print(file_, position_.print);
}

void TailedFile::look_closely() {
  look();
  if (!is_same()) begin_anew(0);
}

void TailedFile::note_mark(std::span<const char> last) {
  if (last.size() >= kMarkSize && file_.packed() == nullptr)
    read_mark_ = hash_of({last.data() + last.size() - kMarkSize, kMarkSize});
  else
    read_mark_ = take_mark(file_, splitter_.end_offset());
}

// `unread`: bytes that are known to have been there.
void TailedFile::begin_anew(std::uint64_t unread) {
  lost_bytes_ += splitter_.pending() + unread;
  ++truncations_;
  ++position_.generation;
  position_.offset = 0;
  splitter_.restart(0);
  has_lines_ = false;
  read_mark_ = hash_of({});
  position_.print = take_print(file_);
  growth_.begin(0, {});
  known_size_ = 0;
  note_size(file_.facts().size);
}

// A file that was written anew keeps its print until that is noticed, or else nothing would tell of it.
void TailedFile::refresh_print() {
  if (position_.print.size < kPrintSize && has_print(file_, position_.print))
    position_.print = take_print(file_);
}

FilePosition TailedFile::position_at(std::uint64_t offset) {
  refresh_print();
  FilePosition position = position_;
  position.offset = offset;
  position.mark = take_mark(file_, offset);
  position.empty_at_ns = position.print.size == 0 ? ns_since_1970() : 0;
  return position;
}

std::string TailedFile::first_line() {
  LineSplitter::Options options;
  options.unit = decoder_.unit();
  options.block = kMostOfFirstLine;
  LineSplitter splitter(options);
  const std::size_t most = file_.packed() != nullptr ? kPrintSize : kMostOfFirstLine;
  splitter.filled(file_.read_at(0, splitter.room().first(most)));
  Line line;
  Arena arena;
  return splitter.next(line) ? std::string(decoder_.decode(line, arena)) : std::string();
}

void TailedFile::delivered(std::uint64_t generation, std::uint64_t offset) {
  if (generation == position_.generation) position_.offset = std::max(position_.offset, offset);
}

}  // namespace logkit
