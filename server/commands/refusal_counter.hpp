// RefusalCounter: which of many equal refusals are worth a line. Pure; not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace server {

class RefusalCounter {
 public:
  using Clock = std::chrono::steady_clock;

  // What an address did longer ago begins anew: who goes on for days is written of again and again.
  static constexpr std::chrono::minutes kWindow{10};
  // Further addresses, as of somebody who has many, are counted together.
  static constexpr std::size_t kAddresses = 1024;
  static constexpr const char* kOthers = "others";

  struct Line {
    std::string address;      // kOthers: one of those
    std::uint64_t count = 0;  // within the window, this one too
  };
  // Counts one. A line is due for the first one and each time their number has doubled: 1, 2, 4, 8 ...
  std::optional<Line> count(const std::string& address, Clock::time_point now);

 private:
  struct Entry {
    Clock::time_point begin;
    std::uint64_t count = 0;
  };
  void forget(Clock::time_point now);

  std::map<std::string, Entry> entries_;
};

}  // namespace server
