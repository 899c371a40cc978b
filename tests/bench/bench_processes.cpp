// The lists of processes and connections, beside the bare reading of the same files in the same run.
//
//   bench-processes --processes 1000 --sockets 10000 --rounds 15
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <vector>

#include "agent/account_names.hpp"
#include "agent/processes.hpp"
#include "examples/metrics-agent/process/connection_pass.hpp"
#include "examples/metrics-agent/process/process_pass.hpp"
#include "tests/bench/held_sockets.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/process_files_bare.hpp"

namespace {

double cpu_ms() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) * 1e-6;
}

double cost_of(const std::function<void()>& work) {
  const double before = cpu_ms();
  work();
  return cpu_ms() - before;
}

// Bare and ours take turns, so that both meet the machine's slow moments; then the median of each.
struct Cost {
  std::vector<double> bare;
  std::vector<double> ours;

  static double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
  }
  double ratio() const { return median(ours) / median(bare); }
  void print(const char* what) const {
    std::printf("%-44s %7.1f ms bare %7.1f ms ours  ratio %.2f\n", what, median(bare), median(ours), ratio());
  }
};

// A consumer of samples, without an agent.
struct Sampler {
  ProcessOptions options;
  ProcessShares shares{agent::ticks_per_second()};
  agent::AccountNames accounts;
  SocketSource sockets{"/"};

  std::size_t processes() {
    ProcessPass pass(options, {shares, accounts, sockets}, 0);
    while (pass.step(1000).more) {
    }
    return pass.take().processes.size();
  }
  std::size_t connections() {
    ConnectionPass pass(options, sockets, socket_kinds({}));
    while (pass.step(1000).more) {
    }
    return pass.take().connections.size();
  }
};

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options(
      argc, argv, {{"processes", "1000"}, {"sockets", "10000"}, {"rounds", "15"}, {"limit", "1.4"}});
  const bench::HeldSockets held(options.count("processes"), options.count("sockets"));
  Sampler sampler;
  Cost list;
  Cost connections;
  std::size_t processes = sampler.processes();
  std::size_t sockets = sampler.connections();
  for (std::size_t round = 0; round < options.count("rounds"); ++round) {
    list.bare.push_back(cost_of([] {
      bench::read_process_files();
      bench::read_descriptor_links();
    }));
    list.ours.push_back(cost_of([&] { processes = sampler.processes(); }));
    connections.bare.push_back(cost_of(bench::read_descriptor_links));
    connections.ours.push_back(cost_of([&] { sockets = sampler.connections(); }));
  }
  std::printf("%zu processes, %zu sockets\n", processes, sockets);
  list.print("process list");
  connections.print("connection list");
  // Above it the end is 1. Connections that somebody has just closed are listed and have no link to read:
  // with many of them the second ratio compares nothing.
  const double limit = options.number("limit");
  const bool is_comparable = sockets < 2 * options.count("sockets");
  if (!is_comparable) std::printf("too many sockets of others: no limit for the connection list\n");
  return list.ratio() > limit || (is_comparable && connections.ratio() > limit) ? 1 : 0;
}
