#include "host/limits/limit_values.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "agent/error.hpp"
#include "host/limits/disk_device.hpp"
#include "host/proc_text.hpp"

namespace agent::host {
namespace {

constexpr Bytes kMostReserved{32 * 1024 * 1024};

bool has_file(const CgroupPlaces& places, Controller controller, const std::string& file) {
  return ::access((places.of(controller).own + "/" + file).c_str(), F_OK) == 0;
}

bool has_file(const ControlGroup& group, Controller controller, const std::string& file) {
  return has_file(group.places(), controller, file);
}

const char* swap_file(int version) {
  return version == 2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
}

// To the letter, as what libcgroup has written.
bool is_there(const ControlGroup& group, Controller controller, const CgroupWrite& write) {
  return ("\n" + group.read(controller, write.file) + "\n").find("\n" + write.text + "\n") !=
         std::string::npos;
}

// What a kernel does not have, or what does not matter enough to complain about.
void try_to_set(const ControlGroup& group, Controller controller, const CgroupWrite& write) {
  try {
    if (has_file(group, controller, write.file)) group.set(controller, {write});
  } catch (const Error&) {
  }
}

void lift_disks(const ControlGroup& group) {
  const bool v2 = group.places().io.version == 2;
  for (const std::string file :
       {"io.max", "blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device",
        "blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device"}) {
    const std::string text = group.read(Controller::io, file);
    for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size() - 1) + 1) {
      const std::string device = text.substr(at, text.find(' ', at) - at);
      try_to_set(group, Controller::io,
                 {file, device + (v2 ? " rbps=max wbps=max riops=max wiops=max" : " 0")});
    }
  }
}

}  // namespace

Bytes reserved_memory(Bytes limit) { return std::min(Bytes{limit.value / 8}, kMostReserved); }

std::vector<GroupValue> values_of_bound(const LimitConfig& limit, const CgroupPlaces& start) {
  std::vector<GroupValue> values;
  auto add = [&values](Controller controller, const std::vector<CgroupWrite>& writes) {
    for (const CgroupWrite& write : writes) values.push_back({controller, write});
  };
  const int memory = start.memory.version;
  // Kernels before 5.11 do not bind children of a v1 group without it, and cannot change it later.
  if (memory == 1 && first_line(read_text(start.memory.own + "/memory.use_hierarchy")) == "0")
    add(Controller::memory, {{"memory.use_hierarchy", "1"}});
  add(Controller::memory, memory_writes(memory, limit.memory_limit.value,
                                        has_file(start, Controller::memory, swap_file(memory))));
  add(Controller::cpu, cpu_writes(start.cpu.version, limit.cpu_quota));
  for (const DiskLimit& disk : limit.disk_limit)
    if (problem_of_disk_device(parse_device(disk.dev)).empty())
      add(Controller::io, disk_writes(start.io.version, disk));
  return values;
}

void lift_limits(const ControlGroup& group) {
  for (const char* file : {"memory.memsw.limit_in_bytes", "memory.limit_in_bytes"})
    try_to_set(group, Controller::memory, {file, "-1"});
  for (const char* file : {"memory.max", "memory.swap.max"})
    try_to_set(group, Controller::memory, {file, "max"});
  try_to_set(group, Controller::cpu, {"cpu.cfs_quota_us", "-1"});
  try_to_set(group, Controller::cpu, {"cpu.max", "max"});
  lift_disks(group);
}

void prefer_agent(const GroupTree& tree) {
  try_to_set(tree.agent(), Controller::cpu, {"cpu.shares", "10240"});
  try_to_set(tree.agent(), Controller::cpu, {"cpu.weight", "1000"});
}

void LimitValue::write(const ControlGroup& group, const std::vector<CgroupWrite>& writes) {
  for (const CgroupWrite& write : writes) {
    if (!is_there(group, controller_, write)) group.set(controller_, {write});
    std::string shown = group.read(controller_, write.file);
    std::erase_if(written_, [&](const Written& other) {
      return other.write.file == write.file && other.group.directories() == group.directories();
    });
    written_.push_back({group, write, std::move(shown)});
  }
}

void LimitValue::fail(std::string problem) { problem_ = std::move(problem); }

void LimitValue::set_cpu(const GroupTree& tree, std::uint32_t percent) {
  problem_.clear();
  written_.clear();
  try {
    write(tree.bound(), cpu_writes(tree.bound().places().cpu.version, percent));
  } catch (const Error& error) {
    fail(error.code() == Errc::io ? fmt::format("{}: a group above may allow less", error.text())
                                  : std::string(error.text()));
  }
}

// v1 has no reserve: there commands may have less than the bound. Values that differ are lifted first because
// v1 refuses a limit above that with swap.
void LimitValue::set_memory(const GroupTree& tree, Bytes limit) {
  problem_.clear();
  note_.clear();
  written_.clear();
  const int version = tree.bound().places().memory.version;
  const bool swap_counted = has_file(tree.bound(), controller_, swap_file(version));
  const std::uint64_t reserve = reserved_memory(limit).value;
  try {
    if (version == 1) {
      const CgroupWrite wanted{swap_file(version), fmt::to_string(limit.value)};
      if (!is_there(tree.bound(), controller_, wanted))
        try_to_set(tree.bound(), controller_, {swap_file(version), "-1"});
      try_to_set(tree.tasks(), controller_, {swap_file(version), "-1"});
      write(tree.tasks(), memory_writes(version, limit.value - reserve, swap_counted));
    } else {
      try_to_set(tree.agent(), controller_, {"memory.min", fmt::to_string(reserve)});
    }
    write(tree.bound(), memory_writes(version, limit.value, swap_counted));
    if (!swap_counted) note_ = ", swap unlimited";
  } catch (const Error& error) {
    fail(std::string(error.text()));
  }
}

void LimitValue::set_disks(const GroupTree& tree, const std::vector<DiskLimit>& disks) {
  problem_.clear();
  written_.clear();
  const ControllerPlace& place = tree.bound().places().io;
  if (!place.usable()) return fail(std::string(explain(place.problem)));
  if (!has_file(tree.bound(), controller_, place.version == 2 ? "io.max" : "blkio.throttle.read_bps_device"))
    return fail("this kernel has no block throttling (CONFIG_BLK_DEV_THROTTLING)");
  for (const DiskLimit& disk : disks) {
    std::string problem = problem_of_disk_device(parse_device(disk.dev));
    try {
      if (problem.empty()) write(tree.bound(), disk_writes(place.version, disk));
    } catch (const Error& error) {
      problem = std::string(error.text());
    }
    if (!problem.empty())
      problem_ += fmt::format("{}dev '{}': {}", problem_.empty() ? "" : "; ", disk.dev, problem);
  }
}

std::string LimitValue::change() const {
  for (const Written& written : written_) {
    const std::string now = written.group.read(controller_, written.write.file);
    if (now != written.shown)
      return fmt::format("{}/{} was {} and is {}", written.group.places().of(controller_).own,
                         written.write.file, first_line(written.shown),
                         now.empty() ? "gone" : first_line(now));
  }
  return "";
}

// "8:0 write_bps=1000, 8:0 read_iops=5"; v2 writes it in this way itself.
std::string LimitValue::disk_value() const {
  constexpr std::string_view before = "blkio.throttle.";
  constexpr std::string_view behind = "_device";
  std::string text;
  for (const Written& written : written_) {
    std::string line = written.write.text;
    const std::string& file = written.write.file;
    if (file.starts_with(before))
      line.replace(
          line.find(' '), 1,
          fmt::format(" {}=", file.substr(before.size(), file.size() - before.size() - behind.size())));
    text += (text.empty() ? "" : ", ") + line;
  }
  return text;
}

std::string LimitValue::value() const {
  if (written_.empty()) return "";
  const ControlGroup& bound = written_.back().group;
  if (controller_ == Controller::cpu) {
    const bool v2 = bound.places().cpu.version == 2;
    const auto percent = cpu_percent(bound.read(controller_, v2 ? "cpu.max" : "cpu.cfs_quota_us"),
                                     bound.read(controller_, "cpu.cfs_period_us"));
    return percent ? fmt::format("{}%", *percent) : "";
  }
  if (controller_ == Controller::io) return disk_value();
  const bool v2 = bound.places().memory.version == 2;
  const auto bytes = single_number(bound.read(controller_, v2 ? "memory.max" : "memory.limit_in_bytes"));
  return bytes ? fmt::to_string(*bytes) + note_ : "";
}

LimitState LimitValue::state() const {
  LimitState state{.kind = kind_, .configured = true, .value = value(), .problem = problem_};
  if (state.problem.empty()) state.problem = change();
  state.enforced = state.problem.empty() && !written_.empty();
  return state;
}

}  // namespace agent::host
