// DeletedLimits: how much of deleted files a reader keeps open because it has not read it yet. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace logkit {

// 0: no limit.
struct DeletedLimits {
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds time{};  // since it was found to be deleted

  bool is_none() const { return files == 0 && bytes == 0 && time.count() == 0; }
};

struct DeletedFile {
  std::chrono::nanoseconds age{};
  std::uint64_t bytes = 0;
};

// Whether each of the files has to be given up: those that are too old, and then the oldest ones until the
// others are within the limits.
std::vector<bool> find_beyond(const std::vector<DeletedFile>& files, const DeletedLimits& limits);

}  // namespace logkit
