// bench-spool: a spool (agent/spool.hpp) that is filled and emptied at once, as log collection does: one
// thread appends batches, another reads and releases.
//
// CPU is of both threads. Usage: bench-spool [--directory d] [--record bytes] [--batch bytes] [--megabytes n]
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "agent/spool.hpp"
#include "tests/bench/options.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 256 * 1024;

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Appends `total` bytes in batches; waits while the reader is half a spool behind.
void fill(agent::Spool& spool, std::size_t record, std::size_t batch, std::size_t total) {
  const std::string text(record, 'x');
  const std::vector<std::string_view> records(std::max<std::size_t>(batch / record, 1), text);
  for (std::size_t done = 0; done < total; done += records.size() * record) {
    while (spool.bytes() > 32 * 1024 * 1024) std::this_thread::yield();
    if (spool.append(records) == 0) std::printf("append: %s\n", spool.problem().c_str());
  }
}

// Reads and releases everything; the number of records.
std::size_t empty(agent::Spool& spool, const std::atomic<bool>& is_filled) {
  std::uint64_t next = 1;
  std::size_t count = 0;
  for (;;) {
    const bool was_filled = is_filled;
    const auto records = spool.read(next, 1'000'000, kReadBytes);
    if (records.empty() && was_filled) return count;
    if (records.empty()) continue;
    count += records.size();
    next = records.back().number + 1;
    spool.release(next - 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options(
      argc, argv, {{"directory", "."}, {"record", "256"}, {"batch", "65536"}, {"megabytes", "1024"}});
  const std::string directory = options.text("directory") + "/bench-spool";
  const std::size_t total = options.count("megabytes") * 1'000'000;
  std::filesystem::remove_all(directory);
  {
    agent::Spool spool({.directory = directory, .size = agent::Bytes{64 * 1024 * 1024}});
    std::atomic<bool> is_filled = false;
    const Clock::time_point start = Clock::now();
    const double cpu = cpu_seconds();
    std::thread writer([&] {
      fill(spool, options.count("record"), options.count("batch"), total);
      is_filled = true;
    });
    const std::size_t count = empty(spool, is_filled);
    writer.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double used = cpu_seconds() - cpu;
    const double megabytes = static_cast<double>(total) / 1e6;
    std::printf(
        "spool, %zu-byte records: %.0f MB/s in and out, %.2f us CPU a record, %.0f MB per CPU second, %llu dropped\n",
        options.count("record"), megabytes / seconds, used / static_cast<double>(count) * 1e6,
        megabytes / used, static_cast<unsigned long long>(spool.dropped()));
  }
  std::filesystem::remove_all(directory);
}
