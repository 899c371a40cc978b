// Every file of every captured system, damaged in thousands of ways, given to every parser.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "examples/metrics-agent/host/cpu_cores.hpp"
#include "examples/metrics-agent/host/cpu_times.hpp"
#include "examples/metrics-agent/host/disk_counters.hpp"
#include "examples/metrics-agent/host/etc_files.hpp"
#include "examples/metrics-agent/host/file_systems.hpp"
#include "examples/metrics-agent/host/gateway.hpp"
#include "examples/metrics-agent/host/interface_counters.hpp"
#include "examples/metrics-agent/host/interface_list.hpp"
#include "examples/metrics-agent/host/memory_info.hpp"
#include "examples/metrics-agent/host/mount_table.hpp"
#include "examples/metrics-agent/host/sensors.hpp"
#include "examples/metrics-agent/host/text_scan.hpp"
#include "tests/support/places.hpp"

using namespace host;

namespace {

// All files of all trees, each without the line that names it.
std::vector<std::string> all_files() {
  std::vector<std::string> files;
  for (const auto& tree :
       std::filesystem::directory_iterator(test::source_path("tests/examples/metrics-agent/trees"))) {
    std::ifstream file(tree.path());
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("=== ")) {
        files.emplace_back();
      } else if (!files.empty()) {
        files.back() += line + "\n";
      }
    }
  }
  return files;
}

class Damage {
 public:
  void to(std::string& text) {
    constexpr std::string_view kTelling = "\n\t /:-\\,.";
    const std::size_t at = number(text.size() + 1);
    switch (number(5)) {
      case 0: text.insert(at, 1, static_cast<char>(number(256))); break;
      case 1: text.resize(at); break;
      case 2: text.insert(at, std::string(number(40), static_cast<char>('0' + number(10)))); break;
      case 3: text.erase(at, number(20)); break;
      default: text.insert(at, 1, kTelling[number(kTelling.size())]); break;
    }
  }
  std::size_t number(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }

 private:
  std::mt19937 random_{14};
};

void check_cpu(const std::string& text) {
  const auto stat = parse_cpu_stat(text);
  if (!stat) return;
  const CpuShares shares = shares_between({}, stat->times, 10);
  CHECK(shares.busy() >= 0);
  CHECK(shares.busy() <= 100.001);
}

void check_memory(const std::string& text) {
  const MemoryInfo memory = parse_memory({text, text, text});
  CHECK(memory.available <= memory.total);
  CHECK(memory.swap_free <= memory.swap_total);
}

void check_mounts(const std::string& text) {
  const std::vector<Mount> mounts = parse_mountinfo(text);
  const std::vector<FileSystem> systems = choose_file_systems(mounts, {}, text);
  CHECK(systems.size() <= mounts.size() + 1);
  for (const FileSystem& system : systems) CHECK_FALSE(system.places.empty());
  CHECK(below_prefix(mounts, "/mnt").size() <= mounts.size());
}

void check_rest(const std::string& text) {
  for (const auto& core : parse_cpuinfo(text)) CHECK(core.cores == 1);
  for (const auto& disk : parse_diskstats(text)) CHECK(disk.in_flight < 1u << 31);
  for (const auto& interface : parse_net_dev(text)) CHECK(interface.name.find('\n') == std::string::npos);
  for (const auto& address : parse_ipv4_addresses(text, text)) CHECK_FALSE(address.address.empty());
  for (const auto& address : parse_ipv6_addresses(text)) CHECK_FALSE(address.interface.empty());
  for (const auto& user : parse_passwd(text)) CHECK_FALSE(user.name.empty());
  for (const auto& server : parse_name_servers(text)) CHECK_FALSE(server.empty());
  CHECK(find_gateway(text, text).find("nil") == std::string::npos);
  CHECK(without_escapes(text).size() <= text.size());
  CHECK(stable_address(text).size() <= text.size());
  const auto degrees = parse_temperature(text);
  CHECK((!degrees || (*degrees >= -100 && *degrees <= 200)));
}

}  // namespace

TEST_CASE("No damage to a file makes a parser say what cannot be", "[metrics][broken]") {
  const std::vector<std::string> files = all_files();
  REQUIRE(files.size() > 100);
  Damage damage;
  for (int round = 0; round < 8; ++round) {
    for (std::string text : files) {
      for (std::size_t i = damage.number(6) + 1; i > 0; --i) damage.to(text);
      check_cpu(text);
      check_memory(text);
      check_mounts(text);
      check_rest(text);
    }
  }
}
