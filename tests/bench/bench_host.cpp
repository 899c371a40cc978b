// bench-host: what a sample of the host's usage costs, on the machine as it is.
//
// The CPU time of the whole process, the threads that ask file systems included, divided by the samples.
// Beside it, in turns in the same run: opening, reading and closing the same files of /proc, and asking the
// same file systems. Usage: bench-host [--samples n] [--rounds n]
#include <sys/statvfs.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "examples/metrics-agent/host/facts_reader.hpp"
#include "examples/metrics-agent/host/machine_files.hpp"
#include "examples/metrics-agent/host/temperature_reader.hpp"
#include "examples/metrics-agent/host/usage_reader.hpp"
#include "tests/bench/options.hpp"

namespace {

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

template <class Work>
double cost_us(std::size_t times, Work work) {
  const double before = cpu_us();
  for (std::size_t i = 0; i < times; ++i) work();
  return (cpu_us() - before) / static_cast<double>(times);
}

void read_bare(host::MachineFiles& files, const std::vector<std::string>& mounts) {
  for (const char* name :
       {"proc/stat", "proc/loadavg", "proc/meminfo", "proc/diskstats", "proc/net/dev", "proc/1/mountinfo"})
    files.read(name);
  struct statvfs answer {};
  for (const std::string& mount : mounts) ::statvfs(mount.c_str(), &answer);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options(argc, argv, {{"samples", "100"}, {"rounds", "5"}});
  const HostOptions host_options;
  std::atomic<std::uint64_t> warnings = 0;
  host::UsageReader usage(host_options, warnings);
  host::FactsReader facts(host_options, warnings);
  host::TemperatureReader temperatures(host_options, warnings);
  host::MachineFiles files;
  std::vector<std::string> mounts;
  for (const auto& part : usage.sample().parts)
    if (part.unmeasured.empty()) mounts.push_back(part.name);
  std::vector<double> samples;
  std::vector<double> bare;
  agent::Clock::time_point now = agent::Clock::now();
  for (std::size_t round = 0; round < std::max<std::size_t>(options.count("rounds"), 1); ++round) {
    samples.push_back(
        cost_us(options.count("samples"), [&] { usage.sample(now += std::chrono::seconds(5)); }));
    bare.push_back(cost_us(options.count("samples"), [&] { read_bare(files, mounts); }));
  }
  std::printf(
      "usage sample: %.0f us CPU, best %.0f; the bare files and %zu file systems: %.0f us; ratio %.2f\n",
      median(samples), *std::min_element(samples.begin(), samples.end()), mounts.size(), median(bare),
      median(samples) / median(bare));
  std::printf("facts: %.0f us CPU; temperatures: %.0f us\n", cost_us(5, [&] { facts.read(); }),
              cost_us(20, [&] { temperatures.read(); }));
}
