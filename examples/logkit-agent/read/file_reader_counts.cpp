// What a FileReader says about itself.
#include <algorithm>
#include <cstddef>
#include <iterator>

#include "file_reader.hpp"

namespace logkit {

bool FileReader::is_drained() const {
  return packed_.unread() == 0 &&
         std::none_of(files_.begin(), files_.end(), [](const auto& file) { return file->has_more(); });
}

std::uint64_t FileReader::lag_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& file : files_) bytes += file->lag();
  return bytes;
}

// Compressed files that wait for their turn count with their last change.
LagAge FileReader::lag_age(SteadyTime now) const {
  LagAge lag;
  const auto note = [&](SteadyTime when, bool is_least) {
    lag.age = std::max<std::chrono::nanoseconds>(lag.age, now - when);
    lag.is_least = lag.is_least || is_least;
  };
  for (const auto& file : files_)
    if (const std::optional<Arrival> arrival = file->oldest_unread()) note(arrival->when, arrival->is_latest);
  if (const std::optional<std::int64_t> modified = packed_.oldest_change())
    note(steady_time(*modified), true);
  return lag;
}

std::uint64_t FileReader::lag_files() const {
  const auto is_behind = [](const auto& file) { return file->lag() > 0; };
  return packed_.unread() + static_cast<std::uint64_t>(std::ranges::count_if(files_, is_behind));
}

std::vector<const TailedFile*> FileReader::most_behind(std::size_t count) const {
  std::vector<std::pair<std::uint64_t, const TailedFile*>> files;
  for (const auto& file : files_) files.emplace_back(file->lag(), file.get());
  const auto end = files.begin() + static_cast<std::ptrdiff_t>(std::min(count, files.size()));
  // Files that are level always have the same order: the same ones have series.
  std::partial_sort(files.begin(), end, files.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second->path() < b.second->path();
  });
  std::vector<const TailedFile*> found;
  std::transform(files.begin(), end, std::back_inserter(found), [](const auto& file) { return file.second; });
  return found;
}

std::size_t FileReader::detached_files() const {
  return static_cast<std::size_t>(
      std::count_if(files_.begin(), files_.end(), [](const auto& file) { return file->is_detached; }));
}

std::uint64_t FileReader::detached_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& file : files_)
    if (file->is_detached) bytes += file->size();
  return bytes;
}

ReadCounts FileReader::counts() const {
  ReadCounts counts = closed_;
  counts.damaged_files = packed_.damaged();
  counts.incomplete_files = packed_.incomplete();
  for (const auto& file : files_) {
    counts.truncations += file->truncations();
    counts.lost_bytes += file->lost_bytes();
    counts.repaired_lines += file->decoder().repaired_lines();
  }
  return counts;
}

}  // namespace logkit
