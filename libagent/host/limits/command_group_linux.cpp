#include "host/limits/command_group.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "agent/error.hpp"

namespace agent::host {
namespace {

constexpr std::uint64_t kQuotaOfPercent = 1000;  // µs of kCpuPeriod

// LIBAGENT_TASK=1f-2e-3d: the name is what is unique.
ControlGroup own_group(const ControlGroup& tasks, std::string_view mark) {
  return tasks.below(mark.substr(mark.find('=') + 1));
}

void need(const ControllerPlace& place, std::string_view limit) {
  if (!place.usable()) throw Error(Errc::refused, fmt::format("{}: {}", limit, explain(place.problem)));
}

// v1 refuses a quota above that of the group around it, which holds in any case.
std::uint32_t percent_within(const ControlGroup& bound, std::uint32_t percent) {
  const auto quota = single_number(bound.read(Controller::cpu, "cpu.cfs_quota_us"));
  const std::uint64_t most = quota ? *quota / kQuotaOfPercent : percent;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(percent, std::max<std::uint64_t>(most, 1)));
}

void limit_memory(ControlGroup& group, Bytes memory) {
  need(group.place(Controller::memory), "memory");
  const int version = group.place(Controller::memory).version;
  const char* swap = version == 2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
  const bool swap_counted = !group.read(Controller::memory, swap).empty();
  group.set(Controller::memory, memory_writes(version, memory.value, swap_counted));
}

void set_limits(ControlGroup& group, const ControlGroup& bound, const CommandLimits& given) {
  if (given.cpu_percent) {
    need(group.place(Controller::cpu), "cpu_percent");
    const std::uint32_t percent = percent_within(bound, *given.cpu_percent);
    group.set(Controller::cpu, cpu_writes(group.place(Controller::cpu).version, percent));
  }
  if (given.memory) limit_memory(group, *given.memory);
  if (given.pids) {
    need(group.place(Controller::pids), "pids");
    group.set(Controller::pids, pids_writes(*given.pids));
  }
  if (given.cpu_seconds) need(group.places().cpuacct, "cpu_seconds");
  // Memory that runs out ends the whole command (v2 from Linux 4.19), whoever's limit it was.
  if (!group.read(Controller::memory, "memory.oom.group").empty())
    group.set(Controller::memory, {{"memory.oom.group", "1"}});
}

std::vector<FileHandle> open_all(const std::vector<std::string>& files) {
  std::vector<FileHandle> opened;
  for (const std::string& file : files) {
    opened.emplace_back(::open(file.c_str(), O_WRONLY | O_CLOEXEC), file);
    if (!opened.back().is_open()) throw system_error("open " + file, errno);
  }
  return opened;
}

std::string v2_directory(const ControlGroup& group) {
  for (const ControllerPlace* place : group.places().all())
    if (place->version == 2 && place->usable() && !place->shared) return place->own;
  return "";
}

// That of v2 is the last one.
std::vector<std::string> entrances_of(const ControlGroup& group) {
  std::vector<std::string> files = group.entrances();
  const std::string v2 = v2_directory(group);
  if (!v2.empty())
    std::stable_partition(files.begin(), files.end(),
                          [&v2](const auto& file) { return !file.starts_with(v2); });
  return files;
}

CommandPlaces places_of(const std::shared_ptr<Limits>& limits) {
  if (!limits) throw Error(Errc::refused, "it has no groups for them");
  return limits->places();
}

[[noreturn]] void refuse(const Error& error) {
  throw Error(Errc::refused, std::string(error.text())).within("agent cannot limit commands");
}

}  // namespace

CommandGroup::CommandGroup(const std::shared_ptr<Limits>& limits, const CommandLimits& given,
                           std::string mark) try
    : CommandGroup(limits, places_of(limits), given, std::move(mark)) {
} catch (const Error& error) {
  refuse(error);
}

CommandGroup::CommandGroup(const std::shared_ptr<Limits>& limits, const CommandPlaces& places,
                           const CommandLimits& given, std::string mark)
    : mark_(std::move(mark)),
      given_(given),
      bound_(places.bound),
      group_(own_group(places.tasks, mark_)),
      left_(places.left),
      meter_(std::make_unique<CommandMeter>(limits, bound_, group_, given)) {
  if (group_.directories().empty()) throw Error(Errc::refused, "no controller for a group");
}

void CommandGroup::make() try {
  if (!group_.make()) throw Error(Errc::refused, "group " + mark_ + " is there already");
  try {
    set_limits(group_, bound_, given_);
    entrances_ = open_all(entrances_of(group_));
    const std::string v2 = v2_directory(group_);
    if (!v2.empty()) birthplace_ = FileHandle(::open(v2.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    meter_->begin();
  } catch (const Error&) {
    close_entrances();
    group_.remove();
    throw;
  }
  removed_ = false;
} catch (const Error& error) {
  refuse(error);
}

CommandGroup::~CommandGroup() { let_go(); }

std::vector<int> CommandGroup::entrances() const {
  std::vector<int> descriptors;
  for (const FileHandle& entrance : entrances_) descriptors.push_back(entrance.descriptor());
  return descriptors;
}

void CommandGroup::add(int pid, int) {
  first_ = pid;
  close_entrances();
}

void CommandGroup::close_entrances() {
  entrances_.clear();
  birthplace_.close();
}

void CommandGroup::signal(int number) {
  group_.signal(number);
  group_.signal(SIGCONT);
}

void CommandGroup::kill() {
  if (removed_) return;
  group_.kill();
  if (first_ > 0) ::kill(first_, SIGKILL);  // wherever it has moved to
}

bool CommandGroup::gone() const { return removed_ || (first_ == 0 && group_.is_empty()); }

bool CommandGroup::let_go() {
  if (removed_) return true;
  close_entrances();
  removed_ = (group_.is_empty() || group_.move_to(left_)) && group_.remove();
  return removed_;
}

}  // namespace agent::host
