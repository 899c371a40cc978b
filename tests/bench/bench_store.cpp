// bench-store: a store by function call: its own memory, gets, transactions of several writers at once, how
// soon a watch has a change, and the memory of many watches. The embedded one, or with --etcd that of an etcd
// that runs, beside the same writes by bare HTTP.
//
// CPU is of all threads: the store's own, too. Usage: bench-store [--directory d] [--writers n]
// [--transactions n] [--gets n] [--value bytes] [--watches n] [--sync normal|full] [--etcd host:port]
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/http_requester.hpp"
#include "net/spawn.hpp"
#include "store/etcd_client.hpp"
#include "store/etcd_messages.hpp"
#include "store/etcd_store.hpp"
#include "store/record_store.hpp"
#include "store/sqlite_store.hpp"
#include "tests/bench/bench_loop.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/samples.hpp"
#include "tests/support/own_memory.hpp"

namespace {

using namespace server::store;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kKeys = 1000;

Time soon() { return agent::Clock::now() + std::chrono::seconds(60); }

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string key(std::size_t number) { return "work/" + std::to_string(number % kKeys); }

class Bench {
 public:
  Bench(const bench::Options& options, Store& store, agent::net::Loop& loop)
      : store_(store),
        loop_(loop),
        etcd_(options.text("etcd")),
        writers_(options.count("writers")),
        transactions_(options.count("transactions")),
        gets_(options.count("gets")),
        watches_(options.count("watches")),
        value_(options.count("value"), 'x') {}

  agent::Task<> all() {
    if (!etcd_.empty()) co_await write_bare();
    co_await write_all();
    co_await get_all();
    co_await watch_changes();
    co_await hold_watches();
  }

 private:
  agent::Task<> write(std::size_t writer) {
    for (std::size_t i = writer; i < transactions_; i += writers_) {
      auto task = store_.txn(Txn::put(key(i), value_), soon());
      co_await std::move(task);
    }
    if (--running_ == 0) done_.wake();
  }

  // The least that a write by HTTP costs: a request that is text already, an answer that nobody looks at.
  agent::Task<> write_bare() {
    const auto begin = Clock::now();
    const double cpu = cpu_seconds();
    running_ = EtcdClient::kConnections;
    for (std::size_t i = 0; i < EtcdClient::kConnections; ++i)
      agent::net::spawn(loop_, write_bare(i), "bare write");
    while (running_ > 0) co_await done_.wait();
    tell("bare writes", transactions_, seconds_since(begin), cpu_seconds() - cpu);
  }

  agent::Task<> write_bare(std::size_t writer) {
    agent::net::DialOptions dial;
    dial.address = etcd_;
    agent::net::HttpRequester requester(loop_, dial);
    const std::string body = txn_request(Txn::put(key(writer), value_), EtcdKeys("bare"));
    for (std::size_t i = writer; i < transactions_; i += EtcdClient::kConnections) {
      agent::net::HttpRequest request;
      request.method = "POST";
      request.target = "/v3/kv/txn";
      request.body = body;
      request.may_be_lost = true;
      co_await requester.send(std::move(request));
      std::size_t most = 10'000;
      co_await requester.read_all(most);
    }
    if (--running_ == 0) done_.wake();
  }

  agent::Task<> write_all() {
    const auto begin = Clock::now();
    const double cpu = cpu_seconds();
    running_ = writers_;
    for (std::size_t i = 0; i < writers_; ++i) agent::net::spawn(loop_, write(i), "write");
    while (running_ > 0) co_await done_.wait();
    tell("transactions", transactions_, seconds_since(begin), cpu_seconds() - cpu);
  }

  agent::Task<> get_all() {
    const auto begin = Clock::now();
    const double cpu = cpu_seconds();
    for (std::size_t i = 0; i < gets_; ++i) {
      auto task = store_.get(KeyRange::key(key(i)), 0, soon());
      co_await std::move(task);
    }
    tell("gets", gets_, seconds_since(begin), cpu_seconds() - cpu);
  }

  // From the call of a put to the message of it.
  agent::Task<> watch_changes() {
    const auto watch = store_.watch({.range = KeyRange::prefix("work/"), .client = {}});
    bench::Samples samples;
    for (std::size_t i = 0; i < transactions_ / 10; ++i) {
      const auto begin = Clock::now();
      running_ = 1;
      agent::net::spawn(loop_, put_one(i), "put");
      auto next = watch->next(soon());
      co_await std::move(next);
      samples.add(seconds_since(begin) * 1e6);
      while (running_ > 0) co_await done_.wait();
    }
    std::printf("watch: p50 %.0f us, p99 %.0f us from the call of a put\n", samples.quantile(0.5),
                samples.quantile(0.99));
  }

  agent::Task<> put_one(std::size_t number) {
    auto task = store_.txn(Txn::put(key(number), value_), soon());
    co_await std::move(task);
    running_ = 0;
    done_.wake();
  }

  agent::Task<> follow(Watch* watch) {
    auto next = watch->next(soon());
    co_await std::move(next);
    if (--running_ == 0) done_.wake();
  }

  // Each waits, and all are woken by one change.
  agent::Task<> hold_watches() {
    const std::size_t before = test::resident_bytes();
    std::vector<std::unique_ptr<Watch>> watches;
    watches.reserve(watches_);
    running_ = watches_;
    for (std::size_t i = 0; i < watches_; ++i) {
      watches.push_back(store_.watch({.range = KeyRange::prefix("many/"), .client = {}}));
      agent::net::spawn(loop_, follow(watches.back().get()), "follow");
    }
    co_await bench::pause(loop_, std::chrono::milliseconds(50));
    const std::size_t after = test::resident_bytes();
    const auto begin = Clock::now();
    auto task = store_.txn(Txn::put("many/1", value_), soon());
    co_await std::move(task);
    while (running_ > 0) co_await done_.wait();
    std::printf("%zu watches: %zu bytes each, all told of a change within %.1f ms\n", watches_,
                (after - before) / (watches_ > 0 ? watches_ : 1), seconds_since(begin) * 1e3);
  }

  static void tell(const char* what, std::size_t count, double seconds, double cpu) {
    const auto number = static_cast<double>(count);
    std::printf("%s: %.0f/s, %.1f us CPU each\n", what, number / seconds, cpu * 1e6 / number);
  }

  Store& store_;
  agent::net::Loop& loop_;
  const std::string etcd_;
  const std::size_t writers_;
  const std::size_t transactions_;
  const std::size_t gets_;
  const std::size_t watches_;
  const std::string value_;
  std::size_t running_ = 0;
  agent::Event done_;
};

int run(const bench::Options& options, Store& store) {
  agent::net::Loop loop;
  Bench scene(options, store, loop);
  return bench::run_to_end("bench-store", loop, scene.all(), std::chrono::seconds(120));
}

int run_embedded(const bench::Options& options) {
  const std::string directory = options.text("directory") + "/bench-store";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  SqliteStoreOptions store_options;
  store_options.path = directory + "/store.db";
  store_options.sync = options.text("sync") == "full" ? Sync::full : Sync::normal;
  const server::RecordStore records(directory +
                                    "/records.db");  // a server has one, and SQLite's code with it
  const std::size_t before = test::resident_bytes();
  SqliteStore store(store_options);
  std::printf("an empty store: %zu KB\n", (test::resident_bytes() - before) / 1000);
  const int code = run(options, store);
  store.close();
  std::filesystem::remove_all(directory);
  return code;
}

int run_etcd(const bench::Options& options) {
  EtcdOptions store_options;
  store_options.endpoints = {options.text("etcd")};
  store_options.prefix = "bench-store";
  EtcdStore store(store_options);
  return run(options, store);
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options(argc, argv,
                               {{"directory", "."},
                                {"writers", "8"},
                                {"transactions", "50000"},
                                {"gets", "200000"},
                                {"value", "100"},
                                {"watches", "10000"},
                                {"sync", "normal"},
                                {"etcd", ""}});
  return options.text("etcd").empty() ? run_embedded(options) : run_etcd(options);
}
