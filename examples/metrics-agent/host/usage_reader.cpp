#include "usage_reader.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "interface_counters.hpp"
#include "memory_info.hpp"
#include "text_scan.hpp"

namespace host {
namespace {

constexpr double kTicksPerSecond = 100;  // USER_HZ, of all systems that are alive
constexpr double kSector = 512;          // bytes

double decimal_in(std::string_view word) {
  double number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number >= 0 && number < 1e15 ? number : 0;
}

}  // namespace

UsageReader::UsageReader(const HostOptions& options, std::atomic<std::uint64_t>& warnings)
    : warnings_(warnings),
      files_(options.root),
      partitions_(options, warnings),
      min_free_kbytes_(files_.read("proc/sys/vm/min_free_kbytes")),
      in_own_system_(files_.own()) {}

std::string_view UsageReader::read_or_warn(std::string_view name) {
  const std::string_view text = files_.read(name);
  if (text.empty()) ++warnings_;
  return text;
}

// The seconds since the sample before, or since the system's start; 0 when that is too short to say anything.
double UsageReader::begin_interval(agent::Clock::time_point now) {
  if (previous_.none) {
    std::string_view uptime = files_.read("proc/uptime");
    return decimal_in(take_word(uptime));
  }
  if (now - previous_.time < kShortestInterval) return 0;
  first_ = false;
  return std::chrono::duration<double>(now - previous_.time).count();
}

void UsageReader::read_cpu(agent::wire::CpuUsage& out) {
  if (const auto stat = parse_cpu_stat(read_or_warn("proc/stat"))) {
    cpus_ = stat->cpus;
    if (seconds_ > 0 || previous_.none) {
      unread_seconds_ += seconds_;
      const double ticks =
          unread_seconds_ * kTicksPerSecond * static_cast<double>(std::max<std::uint64_t>(cpus_, 1));
      shares_ = shares_between(previous_.cpu, stat->times, previous_.none ? 0 : ticks);
      previous_.cpu = stat->times;
      unread_seconds_ = 0;
    }
  } else {
    unread_seconds_ += seconds_;
  }
  out.usage.value = shares_.busy();
  std::string_view load = read_or_warn("proc/loadavg");
  out.load1.value = decimal_in(take_word(load));
  out.load5.value = decimal_in(take_word(load));
  out.load15.value = decimal_in(take_word(load));
}

void UsageReader::read_memory(agent::wire::MemoryUsage& out) {
  const std::string arcstats(files_.read("proc/spl/kstat/zfs/arcstats"));
  const MemoryInfo memory = parse_memory({read_or_warn("proc/meminfo"), min_free_kbytes_, arcstats});
  memory_ = memory.total;
  out.used = memory.used();
  out.free = memory.free;
  out.available = memory.available;
  out.usage.value = memory.percent();
  out.swap_used = memory.swap_used();
  out.swap_free = memory.swap_free;
  out.zfs = memory.zfs;
}

// A device that was not there at the sample before has begun since, at 0.
void UsageReader::read_disks() {
  const std::string_view text = files_.read("proc/diskstats");
  disks_ = parse_diskstats(text);
  if (seconds_ <= 0 && !previous_.none) return;
  const bool comparable = previous_.disks_known && seconds_ > 0;
  rates_.clear();
  for (const DiskCounters& disk : disks_) {
    const DiskCounters* before = find_disk(previous_.disks, disk.major, disk.minor);
    const auto rate = [&](std::uint64_t DiskCounters::*counter) {
      const std::uint64_t sectors = moved(before == nullptr ? 0 : before->*counter, disk.*counter);
      return comparable ? static_cast<double>(sectors) * kSector / seconds_ : 0;
    };
    rates_.push_back({rate(&DiskCounters::read_sectors), rate(&DiskCounters::written_sectors)});
  }
  previous_.disks = disks_;
  previous_.disks_known = !text.empty();
}

void UsageReader::add_activity(const std::vector<DeviceNumber>& devices, agent::wire::PartUsage& out) const {
  for (const auto& [major, minor] : devices) {
    if (const DiskCounters* now = find_disk(disks_, major, minor)) out.in_flight += now->in_flight;
    // The rates are those of the previous sample's list when the interval was too short for new ones.
    const DiskCounters* rated = find_disk(previous_.disks, major, minor);
    if (rated == nullptr) continue;
    const DiskRate& rate = rates_[static_cast<std::size_t>(rated - previous_.disks.data())];
    out.read_per_second.value += rate.read_per_second;
    out.written_per_second.value += rate.written_per_second;
  }
}

void UsageReader::read_partitions(std::vector<agent::wire::PartUsage>& out) {
  for (const Partition& partition : partitions_.measure()) {
    agent::wire::PartUsage& part = out.emplace_back();
    part.name = partition.mount().point;
    part.unmeasured = partition.unmeasured;
    if (partition.space) {
      part.used = partition.space->used;
      part.free = partition.space->available;
      part.usage.value = partition.space->percent();
      part.inodes_used = partition.space->inodes_used();
      part.inodes_free = partition.space->inodes_free;
      part.inodes_usage.value = partition.space->inodes_percent();
    }
    add_activity(partition.devices, part);
  }
}

void UsageReader::read_container(agent::wire::HostUsage& out) {
  if (!in_own_system_) return;
  const auto limits = read_container_limits(files_, cpus_, memory_);
  if (!limits) return;
  const ContainerUse use = read_container_use(files_);
  const double cpus = limits->cpus > 0 ? limits->cpus : static_cast<double>(cpus_);
  if (seconds_ > 0 && !previous_.none && cpus > 0) {
    const double spent = static_cast<double>(moved(previous_.container_cpu, use.cpu_nanoseconds)) / 1e9;
    container_percent_ = 100 * spent / seconds_ / cpus;
  }
  if (seconds_ > 0 || previous_.none) previous_.container_cpu = use.cpu_nanoseconds;
  agent::wire::ContainerUsage& container = out.container.emplace();
  container.cpu.value = container_percent_;
  container.memory_used = use.memory;
  if (limits->memory > 0)
    container.memory.value = 100 * static_cast<double>(use.memory) / static_cast<double>(limits->memory);
}

agent::wire::HostUsage UsageReader::sample(agent::Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  agent::wire::HostUsage usage;
  seconds_ = begin_interval(now);
  read_cpu(usage.cpu);
  read_memory(usage.memory);
  read_disks();
  read_container(usage);
  usage.interfaces = parse_net_dev(files_.read_network("dev"));
  read_partitions(usage.parts);
  usage.first = first_;
  if (seconds_ > 0 || previous_.none) previous_.time = now;
  previous_.none = false;
  return usage;
}

}  // namespace host
