// ReportStore: the last reports of all agents, within one bound of memory.
//
// Thread-safe. Agents are spread over tables with a lock each, of which two loops rarely want the same; the
// lock is held to look one agent up, never to compress or to read.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

#include "agent/clock.hpp"
#include "agent/metrics.hpp"
#include "metrics/report_table.hpp"

namespace server {

class ReportStore {
 public:
  // `memory`: bytes for all of it. Agents that are connected have their place beyond it, should they be so
  // many that not even their names fit.
  explicit ReportStore(std::size_t memory) : limit_(memory) {}
  ReportStore(const ReportStore&) = delete;
  ReportStore& operator=(const ReportStore&) = delete;

  // As of ReportTable.
  void come(std::string_view id);
  void leave(std::string_view id, agent::Clock::time_point now, std::chrono::system_clock::time_point today);
  bool take_number(std::string_view id, std::string_view spool, std::uint64_t number);
  void put(std::string_view id, ReportKind kind, SharedReport report);
  void put_jobs(std::string_view id, std::shared_ptr<const JobsReport> jobs);
  std::optional<LastReports> find(std::string_view id, agent::Clock::time_point now);
  // Drops the agents whose hour is over; otherwise the next change near them does.
  void forget(agent::Clock::time_point now);
  // Table by table, with its lock held.
  void each_jobs(const std::function<void(std::string_view id, const JobsReport&)>& visit) const;

  std::size_t memory() const { return memory_.load(std::memory_order_relaxed); }
  // There is room enough to keep a report of so many bytes as it came, without compressing it: all reports
  // together take less than a quarter of the memory. Where there are more agents, more are compressed.
  bool is_roomy(std::size_t bytes) const { return memory() + bytes <= limit_ / 4; }
  // Reports that were dropped for want of room.
  std::uint64_t dropped(ReportKind kind) const { return dropped_[static_cast<std::size_t>(kind)].value(); }

 private:
  static constexpr std::size_t kTables = 64;

  struct alignas(64) Place {
    mutable std::mutex mutex;
    ReportTable table;
    // As the table has it, for those who look for the oldest of all.
    std::array<std::atomic<ReportTable::Order>, kWorths> oldest{ReportTable::kNone, ReportTable::kNone,
                                                                ReportTable::kNone};
  };

  Place& place(std::string_view id);
  // Runs work(table) with the lock held, and accounts for what it has changed.
  template <class Work>
  void change(Place& place, Work work);
  void make_room();
  bool drop_oldest(Worth worth);

  const std::size_t limit_;
  std::array<Place, kTables> places_;
  std::atomic<std::size_t> memory_{0};
  std::atomic<ReportTable::Order> order_{0};
  std::array<agent::metrics::Counter, kReportKinds> dropped_;
};

}  // namespace server
