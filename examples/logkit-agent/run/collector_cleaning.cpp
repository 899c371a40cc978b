// What a Collector deletes: files that all its runners have delivered.
#include <agent/error.hpp>
#include <agent/log.hpp>
#include <agent/path_text.hpp>
#include <algorithm>
#include <chrono>
#include <utility>

#include "claims.hpp"
#include "cleaner.hpp"
#include "collector.hpp"

namespace logkit {
namespace {

std::int64_t ns_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

// Entries are read with scan_mutex_ alone: only scan() changes which there are.
bool Collector::clean(SteadyTime now) {
  const std::lock_guard scanning(scan_mutex_);
  if (!surroundings_.deletable.allows_any()) return false;
  std::vector<Entry*> due;
  for (auto& [path, entry] : entries_)
    if (entry.runner && entry.source && now >= entry.next_cleaning &&
        deletes_any(entry.cleaner, *entry.source))
      due.push_back(&entry);
  if (due.empty() || !has_all_entries()) return false;
  const std::vector<Claim> claims = make_claims();
  for (Entry* entry : due) {
    clean(*entry, claims);
    entry->next_cleaning = now + entry->cleaner.interval;
  }
  return true;
}

bool Collector::is_running(const Entry& entry) { return entry.runner && !entry.runner->has_ended(); }

// False: runners were asked, and have not answered yet.
bool Collector::has_all_entries() {
  const bool is_first = !std::exchange(is_asking_, true);
  bool has_all = !is_first;
  for (const auto& [path, entry] : entries_) {
    if (!is_running(entry) || (!is_first && entry.runner->entries())) continue;
    entry.runner->ask_for_entries();
    has_all = false;
  }
  if (has_all) is_asking_ = false;
  return has_all;
}

std::vector<Claim> Collector::make_claims() const {
  std::vector<Claim> claims;
  for (const auto& [path, entry] : entries_) {
    if (!entry.runner && !entry.config.is_stopped) claims.push_back(Claim::of_all());
    if (!entry.source) continue;
    const Runner::EntryFiles known = is_running(entry) ? entry.runner->entries() : nullptr;
    claims.push_back(known ? Claim(*entry.source, *known) : Claim(*entry.source));
  }
  return claims;
}

void Collector::clean(Entry& entry, const std::vector<Claim>& claims) {
  const Runner::EntryFiles known = entry.runner->entries();
  if (!known) return;
  std::string problem;
  for (const EntryFile& file : choose_files(*known, *entry.source, entry.cleaner, ns_now())) {
    if (std::ranges::any_of(claims, [&](const Claim& claim) { return claim.needs(file); })) continue;
    const std::string name = agent::path_text(file.path);
    try {
      surroundings_.deletable.remove(file);
    } catch (const agent::Error& error) {
      // A file that has changed or gone is looked at anew next time.
      if (error.code() != agent::Errc::not_found) problem = std::string("cleaner: ") + error.what();
      continue;
    }
    agent::log::info("{}: deleted {}, {} bytes, which were delivered", entry.name, name, file.size);
    const std::lock_guard lock(mutex_);
    ++entry.deleted_files;
    entry.deleted_bytes += file.size;
  }
  if (!problem.empty() && problem != entry.cleaning_problem) agent::log::warn("{}: {}", entry.name, problem);
  const std::lock_guard lock(mutex_);
  entry.cleaning_problem = std::move(problem);
}

}  // namespace logkit
