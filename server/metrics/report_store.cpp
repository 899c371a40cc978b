#include "metrics/report_store.hpp"

#include <functional>
#include <utility>

namespace server {

template <class Work>
void ReportStore::change(Place& at, Work work) {
  const std::lock_guard lock(at.mutex);
  const std::size_t before = at.table.memory();
  work(at.table);
  memory_.fetch_add(at.table.memory() - before, std::memory_order_relaxed);  // wraps round for less
  for (std::size_t i = 0; i < kWorths; ++i)
    at.oldest[i].store(at.table.oldest(static_cast<Worth>(i)), std::memory_order_relaxed);
}

void ReportStore::come(std::string_view id) {
  change(place(id), [id](ReportTable& table) { table.come(id); });
  make_room();
}

void ReportStore::leave(std::string_view id, agent::Clock::time_point now,
                        std::chrono::system_clock::time_point today) {
  change(place(id), [&](ReportTable& table) {
    table.forget(now);
    table.leave(id, order_.fetch_add(1, std::memory_order_relaxed), now, today);
  });
  make_room();  // what could not go before
}

bool ReportStore::take_number(std::string_view id, std::string_view spool, std::uint64_t number) {
  Place& at = place(id);
  const std::lock_guard lock(at.mutex);
  return at.table.take_number(id, spool, number);
}

void ReportStore::put(std::string_view id, ReportKind kind, SharedReport report) {
  change(place(id), [&](ReportTable& table) {
    table.put(id, kind, std::move(report), order_.fetch_add(1, std::memory_order_relaxed));
  });
  make_room();
}

void ReportStore::put_jobs(std::string_view id, std::shared_ptr<const JobsReport> jobs) {
  Place& at = place(id);
  const std::lock_guard lock(at.mutex);
  at.table.put_jobs(id, std::move(jobs));
}

std::optional<LastReports> ReportStore::find(std::string_view id, agent::Clock::time_point now) {
  Place& at = place(id);
  const std::lock_guard lock(at.mutex);
  return at.table.find(id, now);
}

void ReportStore::forget(agent::Clock::time_point now) {
  for (Place& at : places_) change(at, [now](ReportTable& table) { table.forget(now); });
}

void ReportStore::each_jobs(const std::function<void(std::string_view, const JobsReport&)>& visit) const {
  for (const Place& at : places_) {
    const std::lock_guard lock(at.mutex);
    at.table.each_jobs(visit);
  }
}

ReportStore::Place& ReportStore::place(std::string_view id) {
  return places_[std::hash<std::string_view>{}(id) % kTables];
}

void ReportStore::make_room() {
  while (memory() > limit_) {
    if (!drop_oldest(Worth::list) && !drop_oldest(Worth::sample) && !drop_oldest(Worth::agent)) return;
  }
}

// The oldest of all tables. False: there is none of this worth.
bool ReportStore::drop_oldest(Worth worth) {
  const auto index = static_cast<std::size_t>(worth);
  Place* oldest = nullptr;
  ReportTable::Order order = ReportTable::kNone;
  for (Place& at : places_) {
    const ReportTable::Order its = at.oldest[index].load(std::memory_order_relaxed);
    if (its >= order) continue;
    order = its;
    oldest = &at;
  }
  if (oldest == nullptr) return false;
  std::optional<ReportKind> kind;
  change(*oldest, [&](ReportTable& table) { kind = table.drop_oldest(worth); });
  if (kind) dropped_[static_cast<std::size_t>(*kind)].add();
  return true;
}

}  // namespace server
