// agent-swarm: N agents that cost next to nothing, against a real agent-server.
//
// Prints what the server spent for connecting them, holding them and taking their reports, and, with
// --outage, how they come back after the server was killed and away for that many seconds.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>

#include "tests/bench/bench_loop.hpp"
#include "tests/bench/bench_server.hpp"
#include "tests/bench/fake_agent.hpp"
#include "tests/bench/options.hpp"
#include "tests/support/certificates.hpp"

namespace {

using namespace bench;
using agent::Task;
using agent::net::Clock;
using agent::net::Loop;

constexpr std::chrono::milliseconds kStep{10};
constexpr std::chrono::milliseconds kSettle{500};

Options parse(int argc, char** argv) {
  return Options(argc, argv,
                 {{"server", "build/release/bin/agent-server"},
                  {"agents", "10000"},
                  {"ramp", "2000"},  // new connections per second
                  {"tls", "0"},
                  {"reports", "0"},  // in all, after connecting
                  {"outage", "0"},   // seconds
                  {"connect-limit", "100000"}});
}

class Run {
 public:
  Run(Loop& loop, const Options& options)
      : loop_(loop),
        options_(options),
        tls_(options.count("tls") != 0),
        server_(options.text("server"), settings()),
        swarm_(loop) {
    swarm_.dial.address = (tls_ ? "wss://" : "ws://") + server_.address();
    if (tls_) swarm_.dial.tls = agent::net::TlsContext::client({made_.ca(), "", ""});
    for (std::size_t i = 0; i < options.count("agents"); ++i) {
      agents_.push_back(std::make_unique<FakeAgent>(swarm_, "swarm-" + std::to_string(i)));
    }
  }

  Task<> all() {
    std::printf("server, empty: %.1f MB\n", static_cast<double>(server_.usage().rss_bytes) / 1e6);
    co_await connect();
    co_await reports();
    co_await outage();
  }

 private:
  std::string settings() const {
    std::string text = "connect_limit = " + options_.text("connect-limit") + "\n";
    if (tls_) text += "tls.cert = " + made_.server_cert() + "\ntls.key = " + made_.server_key() + "\n";
    return text;
  }

  Task<> connect() {
    Usage before = server_.usage();
    auto start = Clock::now();
    swarm_.reconnect = true;
    std::size_t started = 0;
    while (swarm_.connected < agents_.size()) {
      std::chrono::duration<double> passed = Clock::now() - start;
      auto due = static_cast<std::size_t>(passed.count() * options_.number("ramp")) + 1;
      for (; started < std::min(due, agents_.size()); ++started) {
        asio::co_spawn(loop_.io(), agents_[started]->run(), asio::detached);
      }
      co_await pause(loop_, kStep);
    }
    std::chrono::duration<double> took = Clock::now() - start;
    Usage after = server_.usage();
    auto n = static_cast<double>(agents_.size());
    std::printf(
        "%zu %s agents in %.1f s: %.1f us of server CPU per connect and handshake, p50 %.0f us, p99 %.0f us\n",
        agents_.size(), tls_ ? "TLS" : "plain", took.count(), (after.cpu_us - before.cpu_us) / n,
        swarm_.handshake_us.quantile(0.5), swarm_.handshake_us.quantile(0.99));
    std::printf("server memory: %.1f KB per idle agent (RSS %.1f MB)\n",
                static_cast<double>(after.rss_bytes - before.rss_bytes) / 1e3 / n,
                static_cast<double>(after.rss_bytes) / 1e6);
  }

  Task<> reports() {
    std::size_t total = options_.count("reports");
    if (total == 0) co_return;
    Usage before = server_.usage();
    for (std::size_t sent = 0; sent < total;) {
      for (auto& agent : agents_) {
        if (sent++ >= total) break;
        agent->report();
        if (sent % 1000 == 0) co_await pause(loop_, kStep);
      }
    }
    co_await pause(loop_, kSettle);
    Usage after = server_.usage();
    std::printf("%zu reports: %.2f us of server CPU each; server memory now %.1f KB per agent\n", total,
                (after.cpu_us - before.cpu_us) / static_cast<double>(total),
                static_cast<double>(after.rss_bytes) / 1e3 / static_cast<double>(agents_.size()));
  }

  Task<> outage() {
    std::chrono::milliseconds away(static_cast<long>(options_.number("outage") * 1000));
    if (away.count() == 0) co_return;
    server_.kill();
    co_await pause(loop_, away);
    swarm_.connects.clear();
    swarm_.refusals = 0;
    auto start = Clock::now();
    std::jthread starter([this](std::stop_token stop) { restart(stop); });
    while (swarm_.connected < agents_.size()) co_await pause(loop_, kStep);
    print_recovery(start);
  }

  // On a thread of its own: the agents go on trying meanwhile. The server ends with the thread that started
  // it.
  void restart(std::stop_token stop) {
    server_.restart();
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
  }

  void print_recovery(Clock::time_point start) {
    std::map<long, std::size_t> per_100ms;
    long last = 0;
    for (Clock::time_point at : swarm_.connects) {
      long slot = (at - start) / std::chrono::milliseconds(100);
      ++per_100ms[slot];
      last = std::max(last, slot);
    }
    std::size_t peak = 0;
    for (const auto& [slot, count] : per_100ms) peak = std::max(peak, count);
    double mean = static_cast<double>(swarm_.connects.size()) / static_cast<double>(last + 1);
    std::printf(
        "after the outage: all %zu agents back in %.1f s, peak/mean of connects per 100 ms %.2f, %zu refusals, "
        "%.1f us of server CPU per agent\n",
        agents_.size(), static_cast<double>(last + 1) / 10, static_cast<double>(peak) / mean, swarm_.refusals,
        server_.usage().cpu_us / static_cast<double>(agents_.size()));
  }

  Loop& loop_;
  const Options& options_;
  bool tls_;
  test::Certificates made_;
  BenchServer server_;
  Swarm swarm_;
  std::vector<std::unique_ptr<FakeAgent>> agents_;
};

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  Options options = parse(argc, argv);
  Loop loop;
  Run run(loop, options);
  const int result = run_to_end("agent-swarm", loop, run.all(), std::chrono::seconds(150));
  std::fflush(stdout);
  std::_Exit(result);  // the agents' coroutines are still waiting
}
