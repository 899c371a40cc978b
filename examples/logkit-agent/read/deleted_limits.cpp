#include "deleted_limits.hpp"

#include <algorithm>
#include <numeric>

namespace logkit {

std::vector<bool> find_beyond(const std::vector<DeletedFile>& files, const DeletedLimits& limits) {
  std::vector<std::size_t> oldest_first(files.size());
  std::iota(oldest_first.begin(), oldest_first.end(), 0U);
  std::stable_sort(oldest_first.begin(), oldest_first.end(),
                   [&](std::size_t a, std::size_t b) { return files[a].age > files[b].age; });
  std::size_t count = files.size();
  std::uint64_t bytes = 0;
  for (const DeletedFile& file : files) bytes += file.bytes;
  std::vector<bool> beyond(files.size());
  for (const std::size_t index : oldest_first) {
    const DeletedFile& file = files[index];
    const bool is_too_old = limits.time.count() > 0 && file.age > limits.time;
    const bool are_too_many = limits.files > 0 && count > limits.files;
    const bool are_too_large = limits.bytes > 0 && bytes > limits.bytes;
    if (!is_too_old && !are_too_many && !are_too_large) break;
    beyond[index] = true;
    --count;
    bytes -= file.bytes;
  }
  return beyond;
}

}  // namespace logkit
