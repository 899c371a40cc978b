// RowSum: a number for the content of a row, which tells a damaged one. Not against somebody who means it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace server::store {

class RowSum {
 public:
  RowSum& add(std::uint64_t value) {
    // Each step can be undone, so that no single change of the input is lost.
    sum_ = std::rotl((sum_ ^ value) * 0x9e3779b97f4a7c15U, 29) + 0x165667b19e3779f9U;
    return *this;
  }
  RowSum& add(std::int64_t value) { return add(static_cast<std::uint64_t>(value)); }
  RowSum& add(std::string_view bytes) {
    add(std::uint64_t{bytes.size()});
    while (!bytes.empty()) {
      std::uint64_t word = 0;
      const std::size_t count = bytes.size() < sizeof word ? bytes.size() : sizeof word;
      std::memcpy(&word, bytes.data(), count);
      add(word);
      bytes.remove_prefix(count);
    }
    return *this;
  }
  std::uint64_t value() const { return sum_ ^ (sum_ >> 32); }

 private:
  std::uint64_t sum_ = 0x27d4eb2f165667c5U;
};

}  // namespace server::store
