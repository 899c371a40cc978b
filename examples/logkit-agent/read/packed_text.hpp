// PackedText: the text that is compressed in a file, from its beginning to its end.
//
// It goes forward only, in bounded memory however large the text is. Belongs to one thread; functions block.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "input_file.hpp"
#include "unpacker.hpp"

namespace logkit {

// What is known of a compressed file that is complete.
struct PackedFacts {
  std::string head;               // the text's first kilobyte
  std::uint64_t plain_size = 0;   // of the text
  std::uint64_t packed_size = 0;  // of the file
  std::uint64_t packed_mark = 0;  // take_mark() at the end of the file itself
};

class PackedText {
 public:
  explicit PackedText(Packing packing, PackedFacts facts = {});

  // The next bytes, some of those that fit. None: it is_exhausted(), or another call goes on. Throws
  // Errc::io, and Errc::bad_message for bytes that are damaged or of another form.
  std::size_t read(const InputFile& file, std::span<char> bytes);
  // All bytes that the file had at the last read() are used up.
  bool is_exhausted() const { return is_exhausted_; }
  // They are whole members: the text may end here.
  bool is_at_end() const { return !unpacker_ || unpacker_->is_at_end(); }
  // In the text, of the next byte.
  std::uint64_t offset() const { return offset_; }
  // Bytes of the file that are used up.
  std::uint64_t taken() const { return taken_; }

  // What follows needs the facts. The bytes from `offset` on: it lies in the first kilobyte, or not before
  // offset(). Throws as read(), and Errc::io for an offset that was passed.
  std::size_t read_at(const InputFile& file, std::uint64_t offset, std::span<char> bytes);
  // Goes on to that offset, by at most `most` bytes. True: it is there.
  bool skip_to(const InputFile& file, std::uint64_t offset, std::size_t most);
  const PackedFacts& facts() const { return facts_; }

 private:
  static constexpr std::size_t kBuffer = 64 * 1024;

  Unpacker::Step unpack(const InputFile& file, std::span<char> bytes);

  std::unique_ptr<Unpacker> unpacker_;  // until the end of the text
  PackedFacts facts_;
  std::unique_ptr<std::array<char, kBuffer>> buffer_;
  std::span<const char> unused_;  // of the buffer
  std::uint64_t taken_ = 0;
  std::uint64_t offset_ = 0;
  bool is_exhausted_ = false;
};

}  // namespace logkit
