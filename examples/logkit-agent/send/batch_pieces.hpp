// BatchPieces: which records of a batch are sent at once, when a receiver does not take all of them together.
//
//   BatchPieces pieces(records, most);
//   while (!pieces.empty()) {
//     switch (send(pieces.next())) {
//       case taken: pieces.taken(); …
//       case too_large or refused: if (!pieces.halve()) one record is left, which is not acceptable
//
// Records stay in their order. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace logkit {

class BatchPieces {
 public:
  // `most`: records at once.
  BatchPieces(std::span<const std::uint32_t> records, std::size_t most);

  bool empty() const { return pieces_.empty(); }
  // What is to be sent now.
  std::span<const std::uint32_t> next() const { return pieces_.front(); }
  // It was taken, or given up.
  void done() { pieces_.pop_front(); }
  // Its halves take its place. False: it is one record.
  bool halve();

 private:
  std::deque<std::span<const std::uint32_t>> pieces_;
};

// PieceLimit: how many records a receiver takes at once, as far as its refusals have told. The limit doubles
// when a number of pieces of that size has been taken. Pure.
class PieceLimit {
 public:
  std::size_t most() const { return most_; }
  // Told when a receiver has found that many records too many.
  void too_many(std::size_t records);
  // Told when a receiver has taken that many.
  void taken(std::size_t records);

 private:
  static constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);
  static constexpr unsigned kBeforeGrowth = 100;
  std::size_t most_ = kNoLimit;
  unsigned taken_ = 0;
};

}  // namespace logkit
