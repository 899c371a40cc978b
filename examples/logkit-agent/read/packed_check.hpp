// PackedCheck: reads a compressed file through once, step by step: whether it is complete, and what its text
// is. A file that grows meanwhile is gone on with. Belongs to one thread; functions block.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "packed_text.hpp"

namespace logkit {

class PackedCheck {
 public:
  enum class State { going, incomplete, complete };
  // Offsets in a text that begins so, at which its mark will be wanted.
  using Wanted = std::function<std::vector<std::uint64_t>(const std::string& head)>;

  PackedCheck(InputFile file, Packing packing);

  // Goes on by about `bytes` of text. Incomplete: up to here the file is as it should be, and its end is
  // missing. `wanted` is asked once. Throws Errc::io, and Errc::bad_message for a damaged file.
  State step(std::size_t bytes, const Wanted& wanted);

  // The text's first kilobyte; "": it is not known yet.
  const std::string& head() const { return facts_.head; }
  // Once it is complete.
  const PackedFacts& facts() const { return facts_; }
  // take_mark() of the text: at its end, and at its end or a wanted offset, unless the text ends before it.
  std::uint64_t end_mark() const { return end_mark_; }
  std::optional<std::uint64_t> mark_at(std::uint64_t offset) const;

  const InputFile& file() const { return file_; }
  InputFile take_file() { return std::move(file_); }

 private:
  void note(const Wanted& wanted);
  std::uint64_t mark_in_buffer(std::uint64_t offset) const;
  void finish();

  InputFile file_;
  PackedText text_;
  PackedFacts facts_;
  // The last bytes before the text's part, and the part.
  std::vector<char> buffer_;
  std::size_t count_ = 0;    // bytes of the part
  std::uint64_t begin_ = 0;  // its offset
  bool is_begun_ = false;
  std::map<std::uint64_t, std::optional<std::uint64_t>> marks_;
  std::uint64_t end_mark_ = 0;
};

}  // namespace logkit
