// How the machine's CPUs spent their time: /proc/stat (proc(5)). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace host {

// Ticks since the system's start, of all CPUs together; a tick is 1/100 s nearly everywhere. Time for guests
// is in `user` and `nice` already, and not added again.
struct CpuTimes {
  std::uint64_t user = 0;
  std::uint64_t nice = 0;
  std::uint64_t system = 0;
  std::uint64_t idle = 0;
  std::uint64_t iowait = 0;
  std::uint64_t irq = 0;
  std::uint64_t softirq = 0;
  std::uint64_t steal = 0;  // 0 where the kernel does not tell
};

struct CpuStat {
  CpuTimes times;
  std::uint64_t cpus = 0;       // on line
  std::uint64_t boot_time = 0;  // seconds since the Unix epoch, 0 unknown
};

// nullopt without a line "cpu" that has at least user, nice, system and idle.
std::optional<CpuStat> parse_cpu_stat(std::string_view text);

// Percent of the time of all CPUs: each from 0 to 100, together 100.
struct CpuShares {
  double user = 0;
  double nice = 0;
  double system = 0;
  double idle = 100;
  double iowait = 0;
  double irq = 0;
  double softirq = 0;
  double steal = 0;

  double busy() const { return user + nice + system + irq + softirq + steal; }
};

// The shares of the time between two readings. `expected_ticks` is that time times the CPUs, 0 when it is not
// known, as since the start.
//
// Counters run backwards, all of them on some system: iowait and idle when a CPU comes back on line or the
// machine has slept, steal on hosts of virtual machines. Such a one did not move; time that this leaves
// unexplained was idle. One but idle that moved by more than all CPUs could, did not move either.
CpuShares shares_between(const CpuTimes& before, const CpuTimes& now, double expected_ticks = 0);

}  // namespace host
