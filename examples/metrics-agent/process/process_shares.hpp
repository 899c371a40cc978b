// ProcessShares: what share of a processor each process has used since it was looked at before. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

struct ProcessShare {
  double percent = 0;       // 100 is one processor
  bool whole_life = false;  // since the process began: it was not there, or not looked at, before
};

// One look at a process.
struct ProcessLook {
  int pid = 0;
  std::uint64_t start_ticks = 0;  // tells it from an earlier process of that number
  std::uint64_t cpu_ticks = 0;
  double age_seconds = 0;
  std::chrono::steady_clock::time_point time;
};

// ProcessShares: of one consumer, so that nobody else's looks shorten its intervals. In each round begin(),
// look() at every process, and finish(), which forgets the processes that have ended. A round that is not
// finished changes nothing. Not thread-safe.
//
// CPU time is counted in hundredths of a second. Where the look before is younger than kShortest, the share
// is since the one before that, or since the process began.
class ProcessShares {
 public:
  static constexpr std::chrono::milliseconds kShortest{500};

  explicit ProcessShares(std::uint64_t ticks_per_second) : ticks_per_second_(ticks_per_second) {}

  void begin();
  ProcessShare look(const ProcessLook& look);
  void finish();

 private:
  struct Mark {
    std::chrono::steady_clock::time_point time;
    std::uint64_t cpu_ticks = 0;
  };
  struct Known {
    std::uint64_t start_ticks = 0;
    Mark last;
    Mark before;
    bool has_before = false;
  };

  double percent_since(const Mark& mark, const ProcessLook& look) const;

  std::uint64_t ticks_per_second_;
  std::unordered_map<int, Known> known_;
  std::unordered_map<int, Known> next_;
};
