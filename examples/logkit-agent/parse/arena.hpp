// Arena: memory for texts that live as long as a batch of records. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace logkit {

class Arena {
 public:
  Arena() : serial_(next_serial()) {}

  // Bytes that stay where they are until clear().
  char* take(std::size_t size);
  // A copy of the text.
  std::string_view keep(std::string_view text);
  // Frees all but one chunk, which is used again.
  void clear();
  // Bytes that were taken from the heap.
  std::size_t bytes() const { return bytes_; }
  // What was kept under one serial number is there as long as arena and number are the same.
  std::uint64_t serial() const { return serial_; }

 private:
  static constexpr std::size_t kChunk = 64 * 1024;
  static std::uint64_t next_serial();

  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t serial_;
};

}  // namespace logkit
