// bench-host: what a sample of the host's usage costs, on the machine as it is.
//
// The CPU time of the whole process, the threads that ask file systems included, divided by the samples.
// Beside it, in turns in the same run: opening, reading and closing the same files of /proc, and asking the
// same file systems; and in turns with them a scrape of node_exporter, the CPU time of its process. Ends with
// 1 when that one is not --ratio times as much.
//
//   bench-host --samples 100 --rounds 5 --scrapes 20 --ratio 5
#include <sys/statvfs.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "examples/metrics-agent/host/facts_reader.hpp"
#include "examples/metrics-agent/host/machine_files.hpp"
#include "examples/metrics-agent/host/temperature_reader.hpp"
#include "examples/metrics-agent/host/usage_reader.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/usage.hpp"
#include "tests/support/node_exporter.hpp"

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

// Those of its collectors that read what a sample of usage reads.
const std::vector<std::string> kSameNumbers = {
    "--collector.disable-defaults", "--collector.cpu",
    "--collector.diskstats",        "--collector.filesystem",
    "--collector.loadavg",          "--collector.meminfo",
    "--collector.netdev",           "--web.disable-exporter-metrics"};

double scrape_cost_us(test::NodeExporter& exporter, std::size_t times) {
  const double before = bench::usage_of(exporter.pid()).cpu_us;
  for (std::size_t i = 0; i < times; ++i) exporter.get();
  return (bench::usage_of(exporter.pid()).cpu_us - before) / static_cast<double>(times);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// What a scrape costs, of all that it collects by default and of what is in a sample of ours.
class Scrapes {
 public:
  explicit Scrapes(std::size_t count) : count_(count) {
    for (std::size_t i = 0; i < 2; ++i) scrape_cost_us(i == 0 ? whole_ : same_, 1);  // it has started then
  }
  void run() {
    whole_us_.push_back(scrape_cost_us(whole_, count_));
    same_us_.push_back(scrape_cost_us(same_, count_));
  }
  double print(double sample_us) const {
    const double whole = median(whole_us_);
    const double same = median(same_us_);
    std::printf(
        "node_exporter: %.0f us CPU a scrape, ratio %.1f; with the same numbers only %.0f us, ratio %.1f\n",
        whole, whole / sample_us, same, same / sample_us);
    return whole / sample_us;
  }

 private:
  std::size_t count_;
  test::NodeExporter whole_;
  test::NodeExporter same_{kSameNumbers};
  std::vector<double> whole_us_;
  std::vector<double> same_us_;
};

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options(argc, argv,
                               {{"samples", "100"}, {"rounds", "5"}, {"scrapes", "20"}, {"ratio", "5"}});
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
  std::optional<Scrapes> scrapes;
  if (test::NodeExporter::is_installed()) scrapes.emplace(options.count("scrapes"));
  agent::Clock::time_point now = agent::Clock::now();
  for (std::size_t round = 0; round < std::max<std::size_t>(options.count("rounds"), 1); ++round) {
    samples.push_back(
        cost_us(options.count("samples"), [&] { usage.sample(now += std::chrono::seconds(5)); }));
    bare.push_back(cost_us(options.count("samples"), [&] { read_bare(files, mounts); }));
    if (scrapes) scrapes->run();
  }
  std::printf(
      "usage sample: %.0f us CPU, best %.0f; the bare files and %zu file systems: %.0f us; ratio %.2f\n",
      median(samples), *std::min_element(samples.begin(), samples.end()), mounts.size(), median(bare),
      median(samples) / median(bare));
  std::printf("facts: %.0f us CPU; temperatures: %.0f us\n", cost_us(5, [&] { facts.read(); }),
              cost_us(20, [&] { temperatures.read(); }));
  if (!scrapes) std::printf("node_exporter is not installed: nothing is beside it\n");
  return scrapes && scrapes->print(median(samples)) < options.number("ratio") ? 1 : 0;
}
