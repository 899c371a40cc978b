// Each number beside what another program says in the same second. Numbers that move meanwhile are read
// before and after: the sample is between the two, give or take the tolerance that is stated.
#include <sys/statvfs.h>
#include <unistd.h>

#include <agent/host.hpp>
#include <agent/wire/metrics.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "examples/metrics-agent/host/facts_reader.hpp"
#include "examples/metrics-agent/host/usage_reader.hpp"

using namespace std::chrono_literals;

namespace {

// What a program prints; nullopt where it is not installed or fails.
std::optional<std::string> output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen((command + " 2>/dev/null").c_str(), "r"),
                                                   &::pclose);
  std::string text;
  std::array<char, 4096> block{};
  while (const std::size_t size = pipe ? std::fread(block.data(), 1, block.size(), pipe.get()) : 0)
    text.append(block.data(), size);
  if (text.empty()) return std::nullopt;
  return text;
}

std::vector<std::vector<std::string>> rows_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string>& row = rows.emplace_back();
    for (std::string word; words >> word;) row.push_back(word);
  }
  return rows;
}

struct OwnMachine {
  HostOptions options;
  std::atomic<std::uint64_t> warnings{0};
  host::UsageReader usage{options, warnings};

  agent::wire::StaticReply facts() { return host::FactsReader(options, warnings).read(); }
};

bool between(double value, double a, double b, double tolerance) {
  return value >= std::min(a, b) - tolerance && value <= std::max(a, b) + tolerance;
}

// `free -b`: the row of a name, "Mem:" or "Swap:".
std::vector<double> free_row(const std::string& name) {
  const auto text = output_of("LC_ALL=C free -b");
  if (!text) return {};
  for (const auto& row : rows_of(*text)) {
    if (row.empty() || row[0] != name) continue;
    std::vector<double> numbers;
    for (std::size_t i = 1; i < row.size(); ++i) numbers.push_back(std::stod(row[i]));
    return numbers;
  }
  return {};
}

// Used and available of `df` in bytes, by mount point.
std::map<std::string, std::pair<double, double>> df_rows() {
  std::map<std::string, std::pair<double, double>> mounts;
  for (const auto& row : rows_of(output_of("LC_ALL=C timeout 10 df -P -B1 --local").value_or(""))) {
    if (row.size() == 6 && row[0] != "Filesystem") mounts[row[5]] = {std::stod(row[2]), std::stod(row[3])};
  }
  return mounts;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Busy and all ticks of the machine, by the test's own reading.
std::pair<double, double> ticks_now() {
  const auto row = rows_of(read_file("/proc/stat")).front();
  double all = 0;
  for (std::size_t i = 1; i <= 8; ++i) all += std::stod(row[i]);
  return {all - std::stod(row[4]) - std::stod(row[5]), all};
}

}  // namespace

TEST_CASE("Memory is what free says, within 64 MiB of what moves meanwhile", "[metrics][second]") {
  OwnMachine machine;
  const auto before = free_row("Mem:");
  const auto memory = machine.usage.sample().memory;
  const auto after = free_row("Mem:");
  if (before.size() < 6 || after.size() < 6) return;
  constexpr double kMoves = 64 << 20;
  CHECK(between(static_cast<double>(memory.free), before[2], after[2], kMoves));
  CHECK(between(static_cast<double>(memory.available), before[5], after[5], kMoves));
  CHECK(static_cast<double>(memory.used + memory.available) == before[0]);
  CHECK(static_cast<double>(machine.facts().memory.physical) == before[0]);
  const auto swap = free_row("Swap:");
  if (swap.size() < 3) return;
  CHECK(between(static_cast<double>(memory.swap_used), swap[1], swap[1], kMoves));
  CHECK(between(static_cast<double>(memory.swap_free), swap[2], swap[2], kMoves));
}

TEST_CASE("Partitions are as full as df says, within 64 MiB of what moves meanwhile", "[metrics][second]") {
  OwnMachine machine;
  const auto before = df_rows();
  const auto usage = machine.usage.sample();
  const auto after = df_rows();
  REQUIRE_FALSE(usage.parts.empty());
  CHECK(usage.parts.front().name == "/");
  constexpr double kMoves = 64 << 20;
  for (const auto& part : usage.parts) {
    INFO(part.name);
    if (!before.contains(part.name) || !after.contains(part.name) || !part.unmeasured.empty()) continue;
    CHECK(between(static_cast<double>(part.used), before.at(part.name).first, after.at(part.name).first,
                  kMoves));
    CHECK(between(static_cast<double>(part.free), before.at(part.name).second, after.at(part.name).second,
                  kMoves));
  }
}

TEST_CASE("The CPUs are as busy as a second reading of the same interval says, within 10 points",
          "[metrics][second]") {
  OwnMachine machine;
  machine.usage.sample();
  const auto [busy_before, all_before] = ticks_now();
  // The interval is one of work: this thread computes until the counters have moved by 50 ticks.
  volatile double sum = 0;
  while (ticks_now().second - all_before < 50)
    for (int i = 0; i < 1'000'000; ++i) sum = sum + i;
  const double usage = machine.usage.sample().cpu.usage.value;
  const auto [busy_after, all_after] = ticks_now();
  CHECK(usage == Approx(100 * (busy_after - busy_before) / (all_after - all_before)).margin(10));
  CHECK(usage > 20);  // one of two cores at least; more than 4 would make it less
}

TEST_CASE("Load is what the kernel says before or after", "[metrics][second]") {
  OwnMachine machine;
  double before = 0;
  double after = 0;
  REQUIRE(::getloadavg(&before, 1) == 1);
  const double load = machine.usage.sample().cpu.load1.value;
  REQUIRE(::getloadavg(&after, 1) == 1);
  CHECK(between(load, before, after, 0.01));
}

TEST_CASE("Logical processors are as many as the system and nproc count", "[metrics][second]") {
  OwnMachine machine;
  const auto cpu = machine.facts().cpu;
  CHECK(cpu.logical == ::sysconf(_SC_NPROCESSORS_ONLN));
  CHECK(cpu.cores.size() == static_cast<std::size_t>(cpu.logical));
  CHECK(cpu.physical >= 1);
  CHECK(cpu.physical <= cpu.logical);
  const auto text = output_of("LC_ALL=C lscpu -p=CORE,SOCKET,ONLINE | grep -v '#' | sort -u | wc -l");
  if (text && std::stol(*text) > 0) CHECK(cpu.physical == std::stol(*text));
}

TEST_CASE("Disks are those of lsblk, with its sizes and kinds", "[metrics][second]") {
  OwnMachine machine;
  const auto text = output_of("LC_ALL=C lsblk -b -d -n -o NAME,SIZE,ROTA,TYPE");
  if (!text) return;
  std::multiset<std::pair<std::string, std::string>> listed;
  for (const auto& row : rows_of(*text)) {
    if (row.size() != 4 || row[3] != "disk" || row[1] == "0" || row[0].starts_with("zram")) continue;
    if (row[0].starts_with("fd") || row[0].starts_with("ram")) continue;
    listed.emplace(row[1], row[0].starts_with("nvme") ? "NVMe" : row[2] == "1" ? "HDD" : "SSD");
  }
  std::multiset<std::pair<std::string, std::string>> ours;
  for (const auto& disk : machine.facts().disks) ours.emplace(std::to_string(disk.total), disk.type);
  CHECK(ours == listed);
}

TEST_CASE("Interfaces and their counters are those of sysfs before or after", "[metrics][second]") {
  OwnMachine machine;
  const auto counter = [](const std::string& name, const char* what) {
    const std::string text = read_file("/sys/class/net/" + name + "/statistics/" + what);
    return text.empty() ? -1 : std::stod(text);
  };
  std::map<std::string, double> before;
  for (const auto& interface : machine.usage.sample().interfaces)
    before[interface.name] = counter(interface.name, "rx_bytes");
  for (const auto& interface : machine.usage.sample().interfaces) {
    INFO(interface.name);
    const double after = counter(interface.name, "rx_bytes");
    if (!before.contains(interface.name) || before[interface.name] < 0 || after < 0) continue;
    CHECK(between(static_cast<double>(interface.bytes_received), before[interface.name], after, 0));
  }
}

TEST_CASE("Interfaces have the index, MTU, flags and addresses of sysfs and getifaddrs",
          "[metrics][second]") {
  OwnMachine machine;
  const auto facts = machine.facts();
  REQUIRE_FALSE(facts.interfaces.empty());
  std::map<std::string, std::size_t> addresses;
  for (const auto& address : agent::read_network_addresses()) ++addresses[address.interface];
  for (const auto& interface : facts.interfaces) {
    INFO(interface.name);
    const std::string directory = "/sys/class/net/" + interface.name;
    if (!std::filesystem::exists(directory)) continue;
    CHECK(std::to_string(interface.index) + "\n" == read_file(directory + "/ifindex"));
    CHECK(std::to_string(interface.mtu) + "\n" == read_file(directory + "/mtu"));
    CHECK(interface.addrs.size() == addresses[interface.name]);
    for (const std::string& address : interface.addrs) CHECK(address.find('/') != address.npos);
  }
}

TEST_CASE("Disk rates are what the kernel counted in the interval", "[metrics][second]") {
  OwnMachine machine;
  const auto written = [] {
    double sectors = 0;
    for (const auto& row : rows_of(read_file("/proc/diskstats")))
      if (row.size() >= 14) sectors += std::stod(row[9]);
    return sectors;
  };
  const double before = written();
  machine.usage.sample();
  const auto begin = std::chrono::steady_clock::now();
  const std::string file =
      (std::filesystem::temp_directory_path() / ("second-source-" + std::to_string(::getpid()))).string();
  const auto usage = [&] {
    while (std::chrono::steady_clock::now() - begin < 200ms) {
      FILE* out = std::fopen(file.c_str(), "wb");
      REQUIRE(out != nullptr);
      const std::vector<char> block(1 << 20, 'x');
      std::fwrite(block.data(), 1, block.size(), out);
      std::fflush(out);
      ::fsync(::fileno(out));
      std::fclose(out);
    }
    return machine.usage.sample();
  }();
  std::filesystem::remove(file);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  double rates = 0;
  for (const auto& part : usage.parts) rates += part.written_per_second.value;
  // No more than all disks together, and their partitions and mappings again, wrote in that time.
  CHECK(rates <= (written() - before) * 512 / seconds * 1.5 + 4096);
}

TEST_CASE("Uptime, boot time, host name and users are the system's", "[metrics][second]") {
  OwnMachine machine;
  const auto facts = machine.facts();
  const double uptime = std::stod(read_file("/proc/uptime"));
  CHECK(std::chrono::duration<double>(facts.host.uptime).count() == Approx(uptime).margin(5));
  CHECK(static_cast<double>(facts.os.startup.seconds) ==
        Approx(static_cast<double>(facts.time.seconds) - uptime).margin(5));
  CHECK(facts.host.name == agent::read_host_facts().host_name);
  const bool root = std::any_of(facts.users.begin(), facts.users.end(),
                                [](const auto& user) { return user.name == "root" && user.id == "0"; });
  CHECK(root);
  CHECK(facts.os.install.seconds > 0);
  CHECK(facts.os.install.seconds <= facts.time.seconds);
  CHECK(machine.warnings == 0);
}
