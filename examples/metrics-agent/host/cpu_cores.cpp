#include "cpu_cores.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <utility>

#include "text_scan.hpp"

namespace host {
namespace {

using agent::wire::CpuCore;

double decimal_in(std::string_view text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number > 0 && number < 1e6 ? number : 0;
}

std::int32_t small_in(std::string_view text) {
  const std::uint64_t number = count_in(text);
  return number > 0x7fffffff ? 0 : static_cast<std::int32_t>(number);
}

void keep(CpuCore& core, std::string_view key, std::string_view value) {
  // "Processor" is what ARM called the model before 2012, "cpu" is POWER's and "cpu model" that of MIPS.
  if (key == "model name" ||
      ((key == "Processor" || key == "cpu" || key == "cpu model") && core.model.empty()))
    core.model = value;
  if (key == "core id") core.core = small_in(value);
  if (key == "physical id") core.physical = small_in(value);
  if (key == "cpu MHz" || key == "clock" || key == "cpu MHz static") core.mhz.value = decimal_in(value);
}

// Lines in front of all processors, or behind all of them, hold for each.
void keep_common(std::vector<CpuCore>& cores, const CpuCore& common) {
  for (CpuCore& core : cores)
    if (core.model.empty()) core.model = common.model;
}

std::string_view take_key(std::string_view& line) {
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view key = stripped(line.substr(0, colon));
  line.remove_prefix(std::min(colon + 1, line.size()));
  return key;
}

// What the topology says; the kernel writes -1 for what it does not know.
void complete(CpuCore& core, MachineFiles& files) {
  const std::string directory = "sys/devices/system/cpu/cpu" + std::to_string(core.processor);
  if (const auto id = number_in(files.read_line(directory + "/topology/core_id")))
    core.core = small_in(std::to_string(*id));
  if (const auto id = number_in(files.read_line(directory + "/topology/physical_package_id")))
    core.physical = small_in(std::to_string(*id));
  const std::uint64_t khz = count_in(files.read_line(directory + "/cpufreq/cpuinfo_max_freq"));
  if (khz != 0) core.mhz.value = static_cast<double>(khz) / 1000;
}

}  // namespace

std::vector<CpuCore> parse_cpuinfo(std::string_view text) {
  std::vector<CpuCore> cores;
  CpuCore common;
  bool in_processor = false;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (stripped(line).empty()) in_processor = false;
    const std::string_view key = take_key(line);
    const std::string_view value = stripped(line);
    const bool numbered = key.starts_with("processor ");  // s390: "processor 0"
    if ((key == "processor" && number_in(value)) || numbered) {
      CpuCore& core = cores.emplace_back();
      core.processor = small_in(numbered ? stripped(key.substr(10)) : value);
      core.cores = 1;
      in_processor = true;
    } else {
      keep(in_processor ? cores.back() : common, key, value);
    }
  }
  keep_common(cores, common);
  return cores;
}

std::vector<CpuCore> list_cores(const std::vector<unsigned>& online, MachineFiles& files) {
  std::map<std::int32_t, CpuCore> known;
  std::string model;
  for (CpuCore& core : parse_cpuinfo(files.read("proc/cpuinfo"))) {
    if (model.empty()) model = core.model;
    known.emplace(core.processor, std::move(core));
  }
  std::vector<CpuCore> cores;
  for (const unsigned cpu : online) {
    const auto number = static_cast<std::int32_t>(cpu);
    CpuCore core = known[number];
    core.processor = number;
    core.cores = 1;
    if (core.model.empty()) core.model = model;
    complete(core, files);
    cores.push_back(std::move(core));
  }
  return cores;
}

}  // namespace host
