#include "metrics/kept_text.hpp"

#include <algorithm>
#include <cstring>

namespace server {
namespace {

// glibc's malloc puts eight bytes before a block and rounds up to sixteen: each takes 4 KiB.
constexpr std::size_t kMallocHead = 8;
constexpr std::size_t kBlockSize = 4096 - kMallocHead;

std::size_t taken(std::size_t bytes) { return (bytes + kMallocHead + 15) / 16 * 16; }

}  // namespace

KeptText::KeptText(std::string_view text) : size_(text.size()) {
  blocks_.reserve((text.size() + kBlockSize - 1) / kBlockSize);
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kBlockSize);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(piece.size()));
    std::memcpy(blocks_.back().get(), piece.data(), piece.size());
    text.remove_prefix(piece.size());
  }
}

std::string KeptText::text() const {
  std::string text;
  text.reserve(size_);
  for (const auto& block : blocks_) text.append(block.get(), std::min(kBlockSize, size_ - text.size()));
  return text;
}

std::size_t KeptText::memory() const {
  const std::size_t whole = size_ / kBlockSize;
  const std::size_t rest = size_ % kBlockSize;
  return taken(blocks_.capacity() * sizeof(blocks_[0])) + whole * taken(kBlockSize) +
         (rest > 0 ? taken(rest) : 0);
}

}  // namespace server
