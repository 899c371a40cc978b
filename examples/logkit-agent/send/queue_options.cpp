#include "queue_options.hpp"

namespace logkit {

std::optional<QueueOptions> read_queue_options(const PartOptions& options) {
  const std::string strategy = options.one_of("ft_strategy", "backup_only", {"always_save", "backup_only"});
  QueueOptions out;
  constexpr std::uint64_t kLeast = 1024 * 1024;
  constexpr std::uint64_t kMost = 1ULL << 40;
  out.size.value = options.number("max_disk_used_bytes", out.size.value, kLeast, kMost);
  const std::string policy = options.one_of("queue_policy", "block", {"block", "drop_newest", "drop_oldest"});
  if (policy == "drop_newest") out.policy = QueuePolicy::drop_newest;
  if (policy == "drop_oldest") out.policy = QueuePolicy::drop_oldest;
  if (strategy == "always_save") return out;
  if (options.has("queue_policy"))
    options.fail("queue_policy: there is a queue with ft_strategy always_save only");
  return std::nullopt;
}

}  // namespace logkit
