#include "arena.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace logkit {

std::uint64_t Arena::next_serial() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

char* Arena::take(std::size_t size) {
  if (size > left_) {
    const std::size_t chunk = std::max(size, kChunk);
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(chunk));
    bytes_ += chunk;
    next_ = chunks_.back().get();
    left_ = chunk;
  }
  char* const place = next_;
  next_ += size;
  left_ -= size;
  return place;
}

std::string_view Arena::keep(std::string_view text) {
  if (text.empty()) return {};
  char* const place = take(text.size());
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

void Arena::clear() {
  // The first chunk may be a large one, which would stay for good.
  if (chunks_.size() > 1 || bytes_ > kChunk) chunks_.clear();
  bytes_ = chunks_.empty() ? 0 : kChunk;
  next_ = chunks_.empty() ? nullptr : chunks_.front().get();
  left_ = bytes_;
  serial_ = next_serial();
}

}  // namespace logkit
