// What the tests of the spool have in common: records that are known by their number.
#pragma once

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "agent/spool.hpp"

namespace test {

// The record with this number: its length varies, and each byte is its own.
inline std::string spool_record(std::uint64_t number) {
  std::string text = "record " + std::to_string(number) + ":";
  for (std::uint64_t i = 0; i < number * 37 % 500; ++i) text += static_cast<char>('a' + (number + i) % 26);
  return text;
}

inline void append_records(agent::Spool& spool, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t number = spool.next();
    REQUIRE(spool.append(spool_record(number)) == number);
  }
}

// Reads all from `from` on, a few at a time. Each must be what was appended.
inline std::vector<std::uint64_t> read_numbers(agent::Spool& spool, std::uint64_t from) {
  std::vector<std::uint64_t> numbers;
  for (;;) {
    const std::vector<agent::SpoolRecord> records = spool.read(from, 7, 4096);
    if (records.empty()) return numbers;
    for (const agent::SpoolRecord& record : records) {
      REQUIRE(record.data == spool_record(record.number));
      REQUIRE(record.number >= from);
      numbers.push_back(record.number);
      from = record.number + 1;
    }
  }
}

inline std::vector<std::uint64_t> numbers_between(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t number = first; number <= last; ++number) numbers.push_back(number);
  return numbers;
}

}  // namespace test
