#include "host/limits/control_group.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "agent/error.hpp"
#include "base/file_handle.hpp"
#include "host/proc_text.hpp"

namespace agent::host {
namespace {

// A process that forks while the others are moved shows at the next look. A fork bomb is faster than any
// number of looks: freezing or killing it comes first.
constexpr int kLooks = 20;
constexpr useconds_t kLookPause = 200;  // µs; a group of a hundred processes freezes in less

[[noreturn]] void fail(std::string_view what, const std::string& path, int reason) {
  throw system_error(fmt::format("{} {}", what, path), reason);
}

// The kernel takes a value whole or not at all, or, when a signal comes, wants it once more: many commands
// that end at once are many signals.
void write_file(const std::string& path, std::string_view text) {
  const FileHandle file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.descriptor() < 0) fail("open", path, errno);
  if (file.write_some(text) < text.size()) fail(fmt::format("write {} to", text), path, errno);
}

// The mode of the directories above is the system's business: they are shared by all agents.
void make_above(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return;
  const std::string above = path.substr(0, slash);
  if (::access(above.c_str(), F_OK) == 0) return;
  make_above(above);
  if (::mkdir(above.c_str(), 0755) < 0 && errno != EEXIST) fail("make", above, errno);
}

// Those that are shared with the group above, or those that are not.
std::vector<std::string> distinct_directories(const CgroupPlaces& places, bool shared) {
  std::vector<std::string> directories;
  for (const ControllerPlace* place :
       {&places.freezer, &places.memory, &places.pids, &places.cpu, &places.cpuacct, &places.io}) {
    if (!place->usable() || place->own.empty() || place->shared != shared) continue;
    if (std::find(directories.begin(), directories.end(), place->own) == directories.end())
      directories.push_back(place->own);
  }
  return directories;
}

std::vector<int> pids_of(const std::string& text) {
  std::vector<int> pids;
  for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size() - 1) + 1) {
    const std::uint64_t pid = leading_number(std::string_view(text).substr(at));
    if (pid > 0) pids.push_back(static_cast<int>(pid));
  }
  return pids;
}

// A group freezes bit by bit: what forks until then is frozen, too, and listed.
bool is_frozen(const ControllerPlace& freezer) {
  return freezer.version == 2 ? counter(read_text(freezer.own + "/cgroup.events"), "frozen") == 1
                              : first_line(read_text(freezer.own + "/freezer.state")) == "FROZEN";
}

void freeze(const ControllerPlace& freezer) {
  write_file(freezer.own + (freezer.version == 2 ? "/cgroup.freeze" : "/freezer.state"),
             freezer.version == 2 ? "1" : "FROZEN");
  for (int look = 0; look < kLooks && !is_frozen(freezer); ++look) ::usleep(kLookPause);
}

void thaw(const ControllerPlace& freezer) {
  write_file(freezer.own + (freezer.version == 2 ? "/cgroup.freeze" : "/freezer.state"),
             freezer.version == 2 ? "0" : "THAWED");
}

// Linux before 5.2 cannot freeze a group of v2, and a group that is gone need not be.
void try_to(void (*change)(const ControllerPlace&), const ControllerPlace& freezer) {
  if (!freezer.usable()) return;
  try {
    change(freezer);
  } catch (const Error&) {
  }
}

std::uint64_t value_or_zero(std::optional<std::uint64_t> value) { return value.value_or(0); }

// Kernels of 2025 count no failures any more: what came as close to its limit as the kernel charges at once
// (64 pages) has met it.
constexpr std::uint64_t kChargedAtOnce = 64 * 4096;

std::uint64_t v1_memory_limits(const ControlGroup& group) {
  auto number = [&group](const char* file) { return single_number(group.read(Controller::memory, file)); };
  std::uint64_t met = 0;
  for (const std::string kind : {"memory.", "memory.memsw."}) {
    met += value_or_zero(number((kind + "failcnt").c_str()));
    const auto limit = number((kind + "limit_in_bytes").c_str());
    const auto peak = number((kind + "max_usage_in_bytes").c_str());
    if (limit && peak && *peak + kChargedAtOnce >= *limit) ++met;
  }
  return met;
}

}  // namespace

CgroupPlaces own_places() {
  const std::string mounts = read_text("/proc/self/mountinfo");
  const std::string groups = read_text("/proc/self/cgroup");
  const std::optional<std::string> v2 = own_v2_group(mounts, groups);
  return place_controllers(mounts, groups, v2 ? read_text(*v2 + "/cgroup.controllers") : "");
}

ControlGroup::ControlGroup(CgroupPlaces places)
    : places_(std::move(places)),
      directories_(distinct_directories(places_, false)),
      shared_(distinct_directories(places_, true)) {}

bool ControlGroup::make() {
  std::vector<std::string> made;
  bool is_new = true;
  try {
    for (const std::string& directory : directories_) {
      make_above(directory);
      if (::mkdir(directory.c_str(), 0755) == 0) {
        made.push_back(directory);
      } else if (errno == EEXIST) {
        is_new = false;
      } else {
        fail("make", directory, errno);
      }
    }
  } catch (const Error&) {
    for (const std::string& directory : made) ::rmdir(directory.c_str());
    throw;
  }
  return is_new;
}

bool ControlGroup::make_first() {
  const std::string& first = directories_.front();
  make_above(first);
  if (::mkdir(first.c_str(), 0755) < 0) {
    if (errno != EEXIST) fail("make", first, errno);
    return false;
  }
  return std::none_of(directories_.begin() + 1, directories_.end(),
                      [](const std::string& directory) { return ::access(directory.c_str(), F_OK) == 0; });
}

// The first directory, which may be locked, goes last.
bool ControlGroup::remove() {
  bool all = true;
  for (auto directory = directories_.rbegin(); directory != directories_.rend(); ++directory)
    if (::rmdir(directory->c_str()) < 0 && errno != ENOENT) all = false;
  return all;
}

ControlGroup ControlGroup::below(std::string_view name) const { return ControlGroup(places_.below(name)); }

void ControlGroup::set(Controller controller, const std::vector<CgroupWrite>& writes) const {
  const ControllerPlace& place = places_.of(controller);
  if (!place.usable() && !writes.empty()) throw Error(Errc::refused, std::string(explain(place.problem)));
  for (const CgroupWrite& write : writes) {
    const std::string path = directory(controller) + "/" + write.file;
    write_file(path, write.text);
    const std::string shown = read(controller, write.file);
    if (!is_taken(write, shown))
      throw Error(Errc::io, fmt::format("{}: {} was written, and the kernel has {}", path, write.text,
                                        first_line(shown)));
  }
}

std::string ControlGroup::read(Controller controller, std::string_view file) const {
  const std::string& where = directory(controller);
  return where.empty() ? "" : read_text(where + "/" + std::string(file));
}

void ControlGroup::add(int pid) const {
  for (const std::string& entrance : entrances()) write_file(entrance, fmt::to_string(pid));
}

std::vector<std::string> ControlGroup::entrances() const {
  std::vector<std::string> files;
  for (const std::string& directory : directories_) files.push_back(directory + "/cgroup.procs");
  for (const std::string& directory : shared_) files.push_back(directory + "/cgroup.procs");
  return files;
}

std::vector<int> processes_in(const std::string& directory) {
  return pids_of(read_text(directory + "/cgroup.procs"));
}

std::vector<int> ControlGroup::processes() const {
  std::vector<int> all;
  for (const std::string& directory : directories_) {
    const std::vector<int> pids = processes_in(directory);
    all.insert(all.end(), pids.begin(), pids.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool ControlGroup::move_to(const ControlGroup& other) const {
  for (int look = 0; look < kLooks; ++look) {
    const std::vector<int> pids = processes();
    if (pids.empty()) return true;
    for (const int pid : pids) {
      try {
        other.add(pid);
      } catch (const Error&) {
        // It has ended meanwhile; else the next look finds it again.
      }
    }
  }
  return is_empty();
}

void ControlGroup::signal(int number) const {
  try_to(freeze, places_.freezer);
  for (const int pid : processes()) ::kill(pid, number);
  try_to(thaw, places_.freezer);
}

void ControlGroup::forget_peak() const {
  if (places_.memory.version != 1 || !places_.memory.usable()) return;
  for (const char* file : {"/memory.max_usage_in_bytes", "/memory.memsw.max_usage_in_bytes"}) {
    const std::string path = directory(Controller::memory) + file;
    if (::access(path.c_str(), W_OK) == 0) write_file(path, "0");
  }
}

void ControlGroup::kill() const {
  const ControllerPlace& freezer = places_.freezer;
  try {
    if (freezer.version == 2) return write_file(freezer.own + "/cgroup.kill", "1");
  } catch (const Error&) {
    // Linux before 5.14.
  }
  signal(SIGKILL);
}

GroupCounters ControlGroup::counters() const {
  const bool v2 = places_.memory.version == 2;
  GroupCounters counters;
  counters.oom_kills = oom_kills();
  counters.memory_limits = v2 ? value_or_zero(counter(read(Controller::memory, "memory.events.local"), "oom"))
                              : v1_memory_limits(*this);
  counters.forks_refused = value_or_zero(counter(read(Controller::pids, "pids.events"), "max"));
  return counters;
}

std::uint64_t ControlGroup::oom_kills() const {
  const bool v2 = places_.memory.version == 2;
  const std::string text = read(Controller::memory, v2 ? "memory.events.local" : "memory.oom_control");
  // With memory.oom.group the kernel counts the first process twice, and each such end once.
  const std::uint64_t kills = value_or_zero(counter(text, "oom_kill"));
  return kills - std::min(kills, value_or_zero(counter(text, "oom_group_kill")));
}

std::chrono::nanoseconds ControlGroup::cpu() const {
  const ControllerPlace& account = places_.cpuacct;
  if (!account.usable()) return {};
  if (account.version == 2)
    return std::chrono::microseconds(
        value_or_zero(counter(read_text(account.own + "/cpu.stat"), "usage_usec")));
  return std::chrono::nanoseconds(value_or_zero(single_number(read_text(account.own + "/cpuacct.usage"))));
}

// Memory that processes share (shmem) is counted as file cache, but nothing can drop it.
void ControlGroup::read_memory(GroupUsage& usage) const {
  const bool v2 = places_.memory.version == 2;
  const std::string text = read(Controller::memory, "memory.stat");
  const std::uint64_t shared = value_or_zero(counter(text, v2 ? "shmem" : "total_shmem"));
  usage.memory.value = shared + value_or_zero(counter(text, v2 ? "anon" : "total_rss"));
  usage.cached.value = value_or_zero(counter(text, v2 ? "file" : "total_cache"));
  usage.cached.value -= std::min(usage.cached.value, shared);
}

GroupUsage ControlGroup::usage() const {
  GroupUsage usage;
  usage.cpu = cpu();
  const bool v2 = places_.memory.version == 2;
  usage.peak_memory.value = value_or_zero(
      single_number(read(Controller::memory, v2 ? "memory.peak" : "memory.max_usage_in_bytes")));
  read_memory(usage);
  if (!places_.io.shared)
    usage.io = io_bytes(
        places_.io.version,
        read(Controller::io, places_.io.version == 2 ? "io.stat" : "blkio.throttle.io_service_bytes"));
  const auto peak_pids = single_number(read(Controller::pids, "pids.peak"));
  usage.peak_pids =
      peak_pids ? *peak_pids : value_or_zero(single_number(read(Controller::pids, "pids.current")));
  return usage;
}

}  // namespace agent::host
