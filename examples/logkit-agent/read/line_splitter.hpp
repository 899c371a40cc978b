// LineSplitter: finds the lines in the bytes of a file as they are read. Pure but for memory.
//
//   std::span<char> room = splitter.room();
//   splitter.filled(file.read_at(splitter.end_offset(), room));
//   for (Line line; splitter.next(line);) use(line);
//
// Lines are views into a block, which lives as long as somebody holds it (Line::block). A partial line is
// moved to the front of the next block, so that each line is in one piece. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace logkit {

struct Block {
  explicit Block(std::size_t size) : bytes(std::make_unique_for_overwrite<char[]>(size)), capacity(size) {}
  std::unique_ptr<char[]> bytes;
  std::size_t capacity;
};

struct Line {
  std::string_view text;    // without its end: '\n', or "\r\n"
  std::uint64_t begin = 0;  // offsets in the file; `end` is behind the line's end
  std::uint64_t end = 0;
  bool is_ascii = true;   // otherwise it may be anything
  std::uint64_t cut = 0;  // bytes beyond the limit, which are not in `text`
};

// How characters are stored: what a line end looks like.
enum class Unit { byte, two_little, two_big };

class LineSplitter {
 public:
  static constexpr std::uint64_t kUnknown = static_cast<std::uint64_t>(-1);

  struct Options {
    std::size_t max_line = 16 * 1024 * 1024;  // bytes; what is beyond it is cut off
    std::size_t block = 256 * 1024;           // bytes read at once
    Unit unit = Unit::byte;
    bool keeps_return = false;  // "\r" before the line end stays
    // Whether a line begins a record. With it each Line is a record: such a line and those that follow until
    // the next one, the line ends between them included. At `max_line` bytes a record ends in any case.
    std::function<bool(std::string_view)> is_head;
  };

  // `offset`: of the next byte in the file.
  explicit LineSplitter(const Options& options, std::uint64_t offset = 0);

  // Where the next bytes of the file go, at least one. Lines that were returned stay where they are, if their
  // block is held. `expected`: how many are known to be there; with few of them a new block is small, because
  // thousands of files may have one each.
  std::span<char> room(std::uint64_t expected = kUnknown);
  // Tells how many bytes are there.
  void filled(std::size_t count);

  // The next line that has its end. False: more bytes are needed.
  bool next(Line& line);
  // What has no line end yet, as a line; a record before it comes first. False: there is nothing more.
  bool rest(Line& line);

  // The offset behind the last byte that was filled in.
  std::uint64_t end_offset() const { return base_ + end_ + passed_; }
  // The offset of the first byte that belongs to no returned line.
  std::uint64_t begin_offset() const { return base_ + begin_; }
  // Bytes of a line without its end.
  std::size_t pending() const { return end_ - begin_; }
  // Bytes of that line were thrown away.
  bool is_cut() const { return passed_ > 0; }
  // The pending bytes themselves, until room() is called.
  std::string_view pending_bytes() const { return block_ ? text_of(begin_, end_) : std::string_view(); }
  // Holds the lines that were returned since the last call of room().
  const std::shared_ptr<Block>& block() const { return block_; }
  // Forgets what was read: the next byte has this offset.
  void restart(std::uint64_t offset);
  // Gives the block back while nothing is pending.
  void release_block();

 private:
  std::size_t find_end() const;
  std::string_view text_of(std::size_t begin, std::size_t end) const;
  bool is_overlong() const { return passed_ > 0 || end_ - begin_ > options_.max_line; }
  bool next_record(Line& line);
  void take(Line& line, std::size_t text_end, std::size_t line_end);
  void move_to_new_block(std::uint64_t expected);
  void drop_overlong_tail();

  Options options_;
  std::shared_ptr<Block> block_;
  std::uint64_t base_;      // the offset in the file of the block's first byte
  std::size_t begin_ = 0;   // of the pending line
  std::size_t line_ = 0;    // of the last line of the pending record; elsewhere as begin_
  std::size_t search_ = 0;  // no line end before here
  std::size_t end_ = 0;
  std::uint64_t passed_ = 0;  // bytes of an overlong line that were thrown away
  bool is_ascii_ = true;      // all bytes of the block
};

}  // namespace logkit
