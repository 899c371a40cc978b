// The host's numbers beside those of Prometheus' node_exporter. It is asked before and after a sample of
// ours, which is between the two, give or take the tolerance that is stated. The machine may be idle or
// loaded.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "examples/metrics-agent/host/facts_reader.hpp"
#include "examples/metrics-agent/host/usage_reader.hpp"
#include "tests/support/node_exporter.hpp"

namespace {

constexpr double kMiB = 1 << 20;

#define SKIP_WITHOUT_NODE_EXPORTER()                                       \
  if (!test::NodeExporter::is_installed()) {                               \
    WARN("prometheus-node-exporter is not installed: nothing was tested"); \
    return;                                                                \
  }

// A sample of ours between two of theirs.
struct Sample {
  explicit Sample(host::UsageReader& reader)
      : before(exporter.scrape()), ours(reader.sample()), after(exporter.scrape()) {}

  // Nothing is compared where they have no such series.
  void check(double value, const std::string& name, const std::string& label, double tolerance) const {
    const auto from = before.find(name, label);
    const auto to = after.find(name, label);
    if (!from || !to) return;
    INFO(name << "{" << label << "}: " << *from << ", ours " << value << ", " << *to);
    CHECK(value >= std::min(*from, *to) - tolerance);
    CHECK(value <= std::max(*from, *to) + tolerance);
  }

  test::NodeExporter exporter;
  test::Scrape before;
  agent::wire::HostUsage ours;
  test::Scrape after;
};

struct Machine {
  HostOptions options;
  std::atomic<std::uint64_t> warnings{0};
  host::UsageReader usage{options, warnings};
};

double number(std::uint64_t value) { return static_cast<double>(value); }

// Seconds of all CPUs: busy, and all.
std::pair<double, double> cpu_of(const test::Scrape& scrape) {
  const double all = scrape.sum("node_cpu_seconds_total");
  const double idle = scrape.sum("node_cpu_seconds_total", "mode=\"idle\"");
  return {all - idle - scrape.sum("node_cpu_seconds_total", "mode=\"iowait\""), all};
}

}  // namespace

TEST_CASE("Memory, swap and load are those of node_exporter", "[metrics][second]") {
  SKIP_WITHOUT_NODE_EXPORTER();
  Machine machine;
  const Sample sample(machine.usage);
  const auto& memory = sample.ours.memory;
  REQUIRE(sample.after.find("node_memory_MemTotal_bytes"));
  CHECK(number(memory.used + memory.available) == *sample.after.find("node_memory_MemTotal_bytes"));
  sample.check(number(memory.free), "node_memory_MemFree_bytes", "", 64 * kMiB);
  sample.check(number(memory.available), "node_memory_MemAvailable_bytes", "", 64 * kMiB);
  sample.check(number(memory.swap_free), "node_memory_SwapFree_bytes", "", 64 * kMiB);
  sample.check(number(memory.swap_used + memory.swap_free), "node_memory_SwapTotal_bytes", "", 0);
  sample.check(sample.ours.cpu.load1.value, "node_load1", "", 0.01);
  sample.check(sample.ours.cpu.load5.value, "node_load5", "", 0.01);
  sample.check(sample.ours.cpu.load15.value, "node_load15", "", 0.01);
}

TEST_CASE("File systems have the sizes and the space of node_exporter's", "[metrics][second]") {
  SKIP_WITHOUT_NODE_EXPORTER();
  Machine machine;
  const Sample sample(machine.usage);
  REQUIRE_FALSE(sample.ours.parts.empty());
  for (const auto& part : sample.ours.parts) {
    const std::string label = "mountpoint=\"" + part.name + "\"";
    const auto size = sample.after.find("node_filesystem_size_bytes", label);
    const auto free = sample.after.find("node_filesystem_free_bytes", label);
    if (!part.unmeasured.empty() || !size || !free) continue;
    INFO(part.name);
    CHECK(number(part.used) == Approx(*size - *free).margin(64 * kMiB));
    sample.check(number(part.free), "node_filesystem_avail_bytes", label, 64 * kMiB);
    sample.check(number(part.inodes_free), "node_filesystem_files_free", label, 10'000);
    sample.check(number(part.inodes_used + part.inodes_free), "node_filesystem_files", label, 0);
  }
}

TEST_CASE("Interfaces have counted what node_exporter has", "[metrics][second]") {
  SKIP_WITHOUT_NODE_EXPORTER();
  Machine machine;
  const Sample sample(machine.usage);
  for (const auto& interface : sample.ours.interfaces) {
    const std::string label = "device=\"" + interface.name + "\"";
    sample.check(number(interface.bytes_received), "node_network_receive_bytes_total", label, 0);
    sample.check(number(interface.bytes_sent), "node_network_transmit_bytes_total", label, 0);
    sample.check(number(interface.packets_received), "node_network_receive_packets_total", label, 0);
    sample.check(number(interface.packets_sent), "node_network_transmit_packets_total", label, 0);
  }
}

TEST_CASE("The CPUs are as busy as node_exporter's seconds of the same interval say, within 10 points",
          "[metrics][second]") {
  SKIP_WITHOUT_NODE_EXPORTER();
  test::NodeExporter exporter;
  Machine machine;
  const auto [busy_before, all_before] = cpu_of(exporter.scrape());
  machine.usage.sample();
  double seconds = 0;
  while (seconds < 1) seconds = cpu_of(exporter.scrape()).second - all_before;  // both work meanwhile
  const double usage = machine.usage.sample().cpu.usage.value;
  const auto [busy_after, all_after] = cpu_of(exporter.scrape());
  CHECK(usage == Approx(100 * (busy_after - busy_before) / (all_after - all_before)).margin(10));
}

TEST_CASE("The system has started when node_exporter says it has, within 2 s", "[metrics][second]") {
  SKIP_WITHOUT_NODE_EXPORTER();
  Machine machine;
  const auto facts = host::FactsReader(machine.options, machine.warnings).read();
  test::NodeExporter exporter;
  const test::Scrape scrape = exporter.scrape();
  REQUIRE(scrape.find("node_boot_time_seconds"));
  CHECK(number(facts.os.startup.seconds) == Approx(*scrape.find("node_boot_time_seconds")).margin(2));
  CHECK(number(facts.memory.physical) == *scrape.find("node_memory_MemTotal_bytes"));
  CHECK(scrape.find("node_uname_info", "nodename=\"" + facts.host.name + "\""));
}
