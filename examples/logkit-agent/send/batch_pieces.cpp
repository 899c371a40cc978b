#include "batch_pieces.hpp"

#include <algorithm>

namespace logkit {

BatchPieces::BatchPieces(std::span<const std::uint32_t> records, std::size_t most) {
  for (std::size_t at = 0; at < records.size(); at += std::min(most, records.size() - at))
    pieces_.push_back(records.subspan(at, std::min(most, records.size() - at)));
}

bool BatchPieces::halve() {
  const std::span<const std::uint32_t> whole = pieces_.front();
  if (whole.size() <= 1) return false;
  const std::size_t half = (whole.size() + 1) / 2;
  pieces_.front() = whole.subspan(half);
  pieces_.push_front(whole.first(half));
  return true;
}

void PieceLimit::too_many(std::size_t records) {
  most_ = std::min(most_, std::max<std::size_t>(1, records / 2));
  taken_ = 0;
}

void PieceLimit::taken(std::size_t records) {
  if (records < most_ || ++taken_ < kBeforeGrowth) return;
  taken_ = 0;
  most_ *= 2;
}

}  // namespace logkit
