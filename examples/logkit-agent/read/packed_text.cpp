#include "packed_text.hpp"

#include <agent/error.hpp>
#include <algorithm>

namespace logkit {
namespace {

using agent::Errc;
using agent::Error;

// Reads of the file in one call, so that others have their turn when they give no text.
constexpr int kMostReads = 16;

}  // namespace

PackedText::PackedText(Packing packing, PackedFacts facts)
    : unpacker_(make_unpacker(packing)),
      facts_(std::move(facts)),
      buffer_(std::make_unique_for_overwrite<std::array<char, kBuffer>>()) {}

Unpacker::Step PackedText::unpack(const InputFile& file, std::span<char> bytes) {
  try {
    const Unpacker::Step step = unpacker_->unpack(unused_, bytes);
    if (step.taken == 0 && step.made == 0 && !unused_.empty())
      throw Error(Errc::bad_message, "it does not go on");
    return step;
  } catch (const Error& error) {
    throw error.within(file.path() + ": damaged");
  }
}

std::size_t PackedText::read(const InputFile& file, std::span<char> bytes) {
  if (!unpacker_) return 0;
  std::size_t made = 0;
  is_exhausted_ = false;
  for (int reads = 0; made < bytes.size();) {
    const Unpacker::Step step = unpack(file, bytes.subspan(made));
    unused_ = unused_.subspan(step.taken);
    taken_ += step.taken;
    made += step.made;
    if (step.taken > 0 || step.made > 0) continue;
    if (reads++ == kMostReads) break;
    unused_ = std::span(*buffer_).first(file.read_raw(taken_, *buffer_));
    is_exhausted_ = unused_.empty();
    if (is_exhausted_) break;
  }
  offset_ += made;
  return made;
}

bool PackedText::skip_to(const InputFile& file, std::uint64_t offset, std::size_t most) {
  std::array<char, kBuffer> unwanted;
  for (std::size_t passed = 0; offset_ < offset && passed < most; passed += unwanted.size()) {
    const std::uint64_t left = std::min<std::uint64_t>(offset - offset_, unwanted.size());
    if (read(file, std::span(unwanted).first(left)) == 0 && is_exhausted_)
      throw Error(Errc::bad_message, file.path() + ": it ends before it did");
  }
  return offset_ >= offset;
}

std::size_t PackedText::read_at(const InputFile& file, std::uint64_t offset, std::span<char> bytes) {
  if (offset >= facts_.plain_size || bytes.empty()) return 0;
  bytes = bytes.first(std::min<std::uint64_t>(bytes.size(), facts_.plain_size - offset));
  if (offset < facts_.head.size()) {
    const std::size_t count = std::min<std::size_t>(bytes.size(), facts_.head.size() - offset);
    std::copy_n(facts_.head.data() + offset, count, bytes.data());
    return count;
  }
  if (offset < offset_) throw Error(Errc::io, file.path() + ": a compressed text goes forward only");
  while (!skip_to(file, offset, kBuffer)) {
  }
  is_exhausted_ = false;
  std::size_t count = 0;
  while (count == 0 && !is_exhausted_) count = read(file, bytes);
  if (count == 0) throw Error(Errc::bad_message, file.path() + ": it ends before it did");
  // Nobody needs more than the facts from here on.
  if (offset_ == facts_.plain_size) unpacker_.reset();
  if (!unpacker_) buffer_.reset();
  return count;
}

}  // namespace logkit
