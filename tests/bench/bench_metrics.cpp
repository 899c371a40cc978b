// bench-metrics: what the reports of N metrics-agents cost agent-server: CPU for each usage report and each
// list of processes, and memory when each agent has brought both. Lists are compressed by the server when
// those that it has take a quarter of --memory-mib: with few agents none, with --memory-mib 1 all of them.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "net/http_requester.hpp"
#include "tests/bench/bench_loop.hpp"
#include "tests/bench/bench_server.hpp"
#include "tests/bench/fake_agent.hpp"
#include "tests/bench/metrics_messages.hpp"
#include "tests/bench/options.hpp"

namespace {

using namespace bench;
using agent::Task;
using agent::net::Loop;

constexpr std::chrono::milliseconds kStep{2};
constexpr std::chrono::milliseconds kLook{300};
// Messages on the way at a time, so that neither side is measured while it waits for memory.
constexpr std::size_t kBatch = 64;
constexpr std::chrono::minutes kScrapeLimit{2};  // under valgrind
constexpr std::size_t kScrapeBytes = std::size_t{64} << 20;

Options parse(int argc, char** argv) {
  return Options(argc, argv,
                 {{"server", "build/release/bin/agent-server"},
                  {"agents", "10000"},
                  {"usage", "200000"},  // usage reports, in all
                  {"lists", "20000"},   // lists of processes, in all
                  {"list-kb", "100"},
                  {"memory-mib", "256"},  // metrics.memory
                  {"ours", "1"},          // numbered and acknowledged
                  {"deflate", "1"}});
}

class Run {
 public:
  Run(Loop& loop, const Options& options)
      : loop_(loop),
        options_(options),
        server_(options.text("server"),
                "connect_limit = 100000\nmetrics.memory = " + options.text("memory-mib") + "Mi\n"),
        swarm_(loop),
        numbers_(options.count("agents")) {
    swarm_.dial.address = "ws://" + server_.address();
    swarm_.dial.deflate = options.count("deflate") != 0;
    swarm_.kind = "metrics-agent";
    if (options.count("ours") != 0) swarm_.capabilities = {"reports"};
    for (std::size_t i = 0; i < numbers_.size(); ++i)
      agents_.push_back(std::make_unique<FakeAgent>(swarm_, "metrics-" + std::to_string(i)));
  }

  Task<> all() {
    co_await connect();
    std::mt19937_64 random(1);
    for (int i = 0; i < 50; ++i) lists_.push_back(list_payload(options_.count("list-kb") * 1000, random));
    co_await send_all("usage report", options_.count("usage"), &Run::usage);
    co_await send_all("list of processes", options_.count("lists"), &Run::list);
    co_await print_memory();
    server_.stop();
  }

 private:
  Task<> connect() {
    swarm_.reconnect = true;
    for (std::size_t started = 0; started < agents_.size();) {
      for (std::size_t i = 0; i < kBatch && started < agents_.size(); ++i)
        asio::co_spawn(loop_.io(), agents_[started++]->run(), asio::detached);
      while (swarm_.connected < started) co_await pause(loop_, kStep);
    }
    idle_ = server_.usage();
    std::printf("%zu agents: server memory %.1f MB, %.1f KB each\n", agents_.size(), idle_.rss_bytes / 1e6,
                idle_.rss_bytes / 1e3 / static_cast<double>(agents_.size()));
  }

  std::string usage(std::uint64_t number) const { return usage_message(number); }
  std::string list(std::uint64_t number) const { return list_message(lists_[sent_ % lists_.size()], number); }

  Task<> send_all(const char* what, std::size_t total, std::string (Run::*make)(std::uint64_t) const) {
    const Usage before = server_.usage();
    const std::uint64_t acknowledged = swarm_.acknowledged;
    std::size_t bytes = 0;
    for (std::size_t sent = 0; sent < total; ++sent, ++sent_) {
      const std::size_t index = sent % agents_.size();
      const std::string text = (this->*make)(swarm_.capabilities.empty() ? 0 : ++numbers_[index]);
      bytes += text.size();
      agents_[index]->send(text);
      if (sent % kBatch == 0) co_await drained(index);
    }
    co_await settled();
    const Usage after = server_.usage();
    const auto n = static_cast<double>(total);
    std::printf("%zu times %s of %.1f KB: %.2f us of server CPU each, %.2f acknowledgements each\n", total,
                what, static_cast<double>(bytes) / n / 1e3, (after.cpu_us - before.cpu_us) / n,
                static_cast<double>(swarm_.acknowledged - acknowledged) / n);
  }

  Task<> drained(std::size_t last) {
    do co_await pause(loop_, kStep);
    while (agents_[last]->queued() > 0);
  }

  // Until the server does nothing any more.
  Task<> settled() {
    double before = 0;
    for (Usage now = server_.usage(); now.cpu_us - before > 5000; now = server_.usage()) {
      before = now.cpu_us;
      co_await pause(loop_, kLook);
    }
  }

  // A number of the server's /metrics.
  Task<double> series(std::string name) {
    agent::net::DialOptions to;
    to.address = server_.address();
    to.timeout = kScrapeLimit;
    agent::net::HttpRequester client(loop_, to);
    client.set_idle_limit(kScrapeLimit);
    agent::net::HttpRequest request;
    request.target = "/metrics";
    co_await client.send(request);
    std::string text = co_await client.read_all(kScrapeBytes);
    text.insert(0, "\n");
    const std::size_t found = text.find("\n" + name + " ");
    co_return found == std::string::npos ? 0 : std::stod(text.substr(found + name.size() + 2));
  }

  Task<> print_memory() {
    const Usage now = server_.usage();
    auto bytes = series("agent_server_reports_bytes");
    const double kept = co_await std::move(bytes);
    auto lists = series(R"(agent_server_reports_evicted_total{job="process"})");
    const double evicted = co_await std::move(lists);
    std::printf("last reports: %.1f MB, %.0f lists made room\n", kept / 1e6, evicted);
    const double bound = options_.number("memory-mib") * 1024 * 1024;
    const auto n = static_cast<double>(agents_.size());
    std::printf("server memory %.1f MB: %.1f MB of metrics.memory and %.2f KB for each agent\n",
                now.rss_bytes / 1e6, bound / 1e6, (static_cast<double>(now.rss_bytes) - bound) / 1e3 / n);
  }

  Loop& loop_;
  const Options& options_;
  BenchServer server_;
  Swarm swarm_;
  std::vector<std::unique_ptr<FakeAgent>> agents_;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::string> lists_;
  std::size_t sent_ = 0;
  Usage idle_;
};

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  Options options = parse(argc, argv);
  Loop loop;
  Run run(loop, options);
  const int result = run_to_end("bench-metrics", loop, run.all(), std::chrono::seconds(300));
  std::fflush(stdout);
  std::_Exit(result);  // the agents' coroutines are still waiting
}
