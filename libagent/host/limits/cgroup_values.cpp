#include "host/limits/cgroup_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "host/proc_text.hpp"

namespace agent::host {
namespace {

// v1 says "no limit" as the largest number of whole pages: 4 KiB to 64 KiB less than 2^63.
constexpr std::uint64_t kUnlimited = 0x7fff'ffff'ffff'0000;

// Linux has 12 bits of major and 20 bits of minor (kdev_t.h).
constexpr std::uint32_t kMaxMajor = (1U << 12U) - 1;
constexpr std::uint32_t kMaxMinor = (1U << 20U) - 1;

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// Takes the first word off the text.
std::string_view next_word(std::string_view& text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::uint64_t value_after(std::string_view word, std::string_view prefix) {
  return word.starts_with(prefix) ? number<std::uint64_t>(word.substr(prefix.size())).value_or(0) : 0;
}

}  // namespace

std::vector<CgroupWrite> cpu_writes(int version, std::uint32_t percent) {
  if (percent == 0) return {};
  const std::uint64_t quota = std::uint64_t{percent} * 1000;
  if (version == 2) return {{"cpu.max", fmt::format("{} {}", quota, kCpuPeriod)}};
  return {{"cpu.cfs_period_us", fmt::to_string(kCpuPeriod)}, {"cpu.cfs_quota_us", fmt::to_string(quota)}};
}

std::vector<CgroupWrite> memory_writes(int version, std::uint64_t bytes, bool swap_counted) {
  if (bytes == 0) return {};
  const std::string text = fmt::to_string(bytes);
  std::vector<CgroupWrite> writes{{version == 2 ? "memory.max" : "memory.limit_in_bytes", text}};
  if (!swap_counted) return writes;
  if (version == 2) {
    writes.push_back({"memory.swap.max", "0"});
  } else {
    writes.push_back({"memory.memsw.limit_in_bytes", text});
  }
  return writes;
}

std::vector<CgroupWrite> pids_writes(std::uint64_t count) {
  if (count == 0) return {};
  return {{"pids.max", fmt::to_string(count)}};
}

std::vector<CgroupWrite> disk_writes(int version, const DiskLimit& disk) {
  struct Value {
    std::string_view v2;
    std::string_view v1;
    std::uint64_t value;
  };
  const Value values[] = {{"rbps", "read_bps", disk.read_bytes.value},
                          {"wbps", "write_bps", disk.write_bytes.value},
                          {"riops", "read_iops", disk.read_iops},
                          {"wiops", "write_iops", disk.write_iops}};
  const std::string device = to_string(parse_device(disk.dev));
  std::vector<CgroupWrite> writes;
  std::string line;
  for (const Value& value : values) {
    if (value.value == 0) continue;
    line += fmt::format(" {}={}", value.v2, value.value);
    if (version == 1)
      writes.push_back(
          {fmt::format("blkio.throttle.{}_device", value.v1), fmt::format("{} {}", device, value.value)});
  }
  if (version == 2 && !line.empty()) writes.push_back({"io.max", device + line});
  return writes;
}

namespace {

// Pages have 4 KiB to 64 KiB.
constexpr std::uint64_t kLargestPage = 64 * 1024;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) words.push_back(word);
  return words;
}

bool has_all(const std::vector<std::string_view>& words, const std::vector<std::string_view>& wanted) {
  if (words.empty() || words.front() != wanted.front()) return false;
  return std::all_of(wanted.begin(), wanted.end(), [&words](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  });
}

}  // namespace

bool is_taken(const CgroupWrite& write, std::string_view shown) {
  const auto wanted = single_number(write.text);
  const auto got = single_number(shown);
  if (write.file.starts_with("memory.") && wanted && got && *wanted >= kLargestPage)
    return *got <= *wanted && *wanted - *got < kLargestPage;
  const std::vector<std::string_view> words = words_of(write.text);
  while (!words.empty() && !shown.empty())
    if (has_all(words_of(next_line(shown)), words)) return true;
  return words.empty();
}

std::optional<std::uint64_t> cpu_percent(std::string_view quota_text, std::string_view period_text) {
  std::string_view line = first_line(quota_text);
  const auto quota = number<std::uint64_t>(next_word(line));
  const auto period = number<std::uint64_t>(line.empty() ? first_line(period_text) : next_word(line));
  if (!quota || !period || *period == 0) return {};
  return *quota * 100 / *period;
}

std::string to_string(DeviceNumber device) { return fmt::format("{}:{}", device.major, device.minor); }

DeviceNumber parse_device(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    const auto major = number<std::uint32_t>(text.substr(0, colon));
    const auto minor = number<std::uint32_t>(text.substr(colon + 1));
    if (major && minor && *major <= kMaxMajor && *minor <= kMaxMinor) return {*major, *minor};
  }
  throw Error(Errc::bad_config, fmt::format("dev '{}': must be major:minor, as in /proc/partitions", text));
}

std::string problem_of_device(std::string_view uevent, std::string_view disk) {
  if (uevent.empty()) return "no such device";
  if (field_of(uevent, "DEVTYPE", '=') != "partition") return "";
  return fmt::format("is a partition of {0}: a limit belongs to the disk, dev {0}", first_line(disk));
}

std::optional<std::uint64_t> counter(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (next_word(line) == key) return number<std::uint64_t>(next_word(line));
  }
  return {};
}

std::optional<std::uint64_t> single_number(std::string_view text) {
  const auto value = number<std::uint64_t>(first_line(text));
  return value && *value < kUnlimited ? value : std::nullopt;
}

IoBytes io_bytes(int version, std::string_view text) {
  IoBytes sum;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (next_word(line).find(':') == std::string_view::npos) continue;  // v1's last line: "Total 5"
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
      if (version == 2) {
        sum.read += value_after(word, "rbytes=");
        sum.written += value_after(word, "wbytes=");
      } else if (word == "Read") {
        sum.read += number<std::uint64_t>(next_word(line)).value_or(0);
      } else if (word == "Write") {
        sum.written += number<std::uint64_t>(next_word(line)).value_or(0);
      }
    }
  }
  return sum;
}

}  // namespace agent::host
