#include "job_phase.hpp"

#include <algorithm>
#include <cstdint>

namespace {

// FNV-1a, and the mixing of MurmurHash3: ids that differ in their last digit only are far from each other.
std::uint64_t hash_of(std::string_view text, std::uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCDULL;
  hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53ULL;
  return hash ^ (hash >> 33);
}

}  // namespace

std::chrono::nanoseconds phase_of(std::string_view agent_id, std::string_view host_name) {
  const std::uint64_t hash = hash_of(host_name, hash_of(agent_id, 0xCBF29CE484222325ULL));
  return std::chrono::nanoseconds(hash % static_cast<std::uint64_t>(kLongestPhase.count()));
}

std::chrono::nanoseconds first_pause(std::chrono::nanoseconds phase, std::chrono::nanoseconds interval,
                                     std::chrono::nanoseconds since_start) {
  const std::chrono::nanoseconds cycle = std::min(interval, kLongestPhase);
  const std::chrono::nanoseconds behind = (since_start - phase) % cycle;  // negative before the first one
  return behind.count() <= 0 ? -behind : cycle - behind;
}
