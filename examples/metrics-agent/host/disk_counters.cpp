#include "disk_counters.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "text_scan.hpp"

namespace host {
namespace {

// Kernels print -1, which a race can leave behind, as 2^32 - 1.
constexpr std::uint64_t kMostInFlight = 1u << 31;

std::optional<std::uint32_t> small_number(std::string_view word) {
  const auto number = number_in(word);
  if (!number || *number > ~std::uint32_t{0}) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

constexpr std::size_t kOfPartition = 4;
constexpr std::size_t kOfDisk = 11;

struct Numbers {
  std::array<std::uint64_t, kOfDisk> values{};
  std::size_t count = 0;  // columns behind the last one that is known do not count
};

Numbers take_numbers(std::string_view line) {
  Numbers numbers;
  for (std::string_view word = take_word(line); !word.empty() && numbers.count < kOfDisk;
       word = take_word(line))
    numbers.values[numbers.count++] = count_in(word);
  return numbers;
}

std::optional<DiskCounters> parse_disk(std::string_view line) {
  const auto major = small_number(take_word(line));
  const auto minor = small_number(take_word(line));
  if (!major || !minor) return std::nullopt;
  DiskCounters disk;
  disk.major = *major;
  disk.minor = *minor;
  disk.name = take_word(line);
  const Numbers numbers = take_numbers(line);
  if (numbers.count == kOfPartition) {
    disk.read_sectors = numbers.values[1];
    disk.written_sectors = numbers.values[3];
  } else if (numbers.count == kOfDisk) {
    disk.read_sectors = numbers.values[2];
    disk.written_sectors = numbers.values[6];
    disk.in_flight = numbers.values[8] < kMostInFlight ? numbers.values[8] : 0;
  } else {
    return std::nullopt;
  }
  return disk;
}

auto key_of(const DiskCounters& disk) { return std::pair(disk.major, disk.minor); }

bool is_before(const DiskCounters& a, const DiskCounters& b) { return key_of(a) < key_of(b); }

}  // namespace

std::vector<DiskCounters> parse_diskstats(std::string_view text) {
  std::vector<DiskCounters> disks;
  while (!text.empty()) {
    auto disk = parse_disk(take_line(text));
    if (disk && (disk->read_sectors != 0 || disk->written_sectors != 0 || disk->in_flight != 0))
      disks.push_back(std::move(*disk));
  }
  if (!std::is_sorted(disks.begin(), disks.end(), is_before))
    std::sort(disks.begin(), disks.end(), is_before);
  return disks;
}

const DiskCounters* find_disk(const std::vector<DiskCounters>& disks, std::uint32_t major,
                              std::uint32_t minor) {
  const auto wanted = std::pair(major, minor);
  const auto found =
      std::lower_bound(disks.begin(), disks.end(), wanted,
                       [](const DiskCounters& disk, const auto& key) { return key_of(disk) < key; });
  return found != disks.end() && key_of(*found) == wanted ? &*found : nullptr;
}

std::uint64_t moved(std::uint64_t before, std::uint64_t now, int word_bits) {
  constexpr std::uint64_t kRange = std::uint64_t{1} << 32;
  if (now >= before) return now - before;
  // Half way round within one interval would be a terabyte.
  const bool wrapped = word_bits <= 32 && before < kRange && kRange - before + now < kRange / 2;
  return wrapped ? kRange - before + now : now;
}

}  // namespace host
