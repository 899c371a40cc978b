#include "memory_info.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "text_scan.hpp"

namespace host {
namespace {

constexpr std::uint64_t kKib = 1024;
constexpr std::uint64_t kMostKib = ~std::uint64_t{0} / kKib;

struct Lines {
  std::uint64_t total = 0, free = 0, swap_total = 0, swap_free = 0;
  std::uint64_t buffers = 0, cached = 0, reclaimable = 0;
  std::optional<std::uint64_t> available, active_file, inactive_file;
};

void keep(Lines& lines, std::string_view key, std::uint64_t bytes) {
  if (key == "MemTotal:") lines.total = bytes;
  if (key == "MemFree:") lines.free = bytes;
  if (key == "MemAvailable:") lines.available = bytes;
  if (key == "Buffers:") lines.buffers = bytes;
  if (key == "Cached:") lines.cached = bytes;
  if (key == "SReclaimable:") lines.reclaimable = bytes;
  if (key == "Active(file):") lines.active_file = bytes;
  if (key == "Inactive(file):") lines.inactive_file = bytes;
  if (key == "SwapTotal:") lines.swap_total = bytes;
  if (key == "SwapFree:") lines.swap_free = bytes;
}

Lines parse_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const std::string_view key = take_word(line);
    if (const auto kib = number_in(take_word(line))) keep(lines, key, std::min(*kib, kMostKib) * kKib);
  }
  return lines;
}

// Half of a cache stays in memory, but at most as much as the kernel keeps free.
std::uint64_t given_back(std::uint64_t cache, std::uint64_t kept_free) {
  return cache - std::min(cache / 2, kept_free);
}

// The kernel's own estimate since 3.14, from what older ones tell. The low watermark is about 5/4 of the
// least that the kernel keeps free.
std::uint64_t estimate(const Lines& lines, std::uint64_t min_free) {
  if (!lines.active_file || !lines.inactive_file) return lines.free + lines.buffers + lines.cached;
  const std::uint64_t low = min_free / 4 * 5;
  const std::uint64_t sum = lines.free + given_back(*lines.active_file + *lines.inactive_file, low) +
                            given_back(lines.reclaimable, low);
  return sum - std::min(sum, low);
}

// Lines "size 4 8319827968" below a heading.
std::uint64_t arc_value(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (take_word(line) != name) continue;
    take_word(line);
    return count_in(take_word(line));
  }
  return 0;
}

}  // namespace

MemoryInfo parse_memory(const MemoryTexts& texts) {
  const Lines lines = parse_lines(texts.meminfo);
  const std::uint64_t min_free = std::min(count_in(stripped(texts.min_free_kbytes)), kMostKib) * kKib;
  MemoryInfo memory;
  memory.total = lines.total;
  memory.free = std::min(lines.free, lines.total);
  memory.available = std::min(lines.available ? *lines.available : estimate(lines, min_free), lines.total);
  const std::uint64_t arc = arc_value(texts.arcstats, "size");
  const std::uint64_t zfs = arc - std::min(arc, arc_value(texts.arcstats, "c_min"));
  memory.zfs = std::min(zfs, memory.total - memory.available);
  memory.available += memory.zfs;
  memory.swap_total = lines.swap_total;
  memory.swap_free = std::min(lines.swap_free, lines.swap_total);
  return memory;
}

}  // namespace host
