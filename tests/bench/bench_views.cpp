// bench-views: one server that watches an embedded store, and many watchers of ten views over loopback: how
// soon a change reaches all of them, what an event costs per watcher, and the memory of an idle one.
//
// CPU is of the server's threads: the process's without the reading client's. Usage: bench-views [--watchers
// n]
// [--changes n] [--value bytes]
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "net/spawn.hpp"
#include "store/sqlite_store.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/samples.hpp"
#include "tests/server/http_server.hpp"
#include "tests/support/own_memory.hpp"
#include "tests/support/temp_dir.hpp"
#include "views/view_service.hpp"

namespace {

using Clock = std::chrono::steady_clock;

// Ten views of one setting: each asks for more of its name.
constexpr std::string_view kName = "abcdefghij";

class Server {
 public:
  Server() : store_({.path = dir_.file("store.db")}) {
    views_.add_routes(http_.router);
    views_.start(http_.loops.front());
    port = http_.start();
  }
  ~Server() {
    http_.end();
    store_.close();
  }

  void put(const std::string& key, const std::string& value) {
    agent::net::Loop loop;
    agent::net::spawn(loop, write(&store_, server::store::Txn::put(key, value)),
                      [&loop](const std::exception_ptr&) { loop.stop(); });
    loop.run();
  }
  std::uint16_t port = 0;

 private:
  static agent::Task<> write(server::store::Store* store, server::store::Txn txn) {
    const server::store::Time deadline = agent::Clock::now() + server::store::kPatience;
    co_await store->txn(std::move(txn), deadline);
  }

  test::TempDir dir_;
  server::store::SqliteStore store_;
  test::HttpServer http_;
  server::views::ViewService views_{{}, store_};
};

double cpu_us(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

// Watchers on sockets of their own, read by the calling thread.
class Watchers {
 public:
  Watchers(std::uint16_t port, std::size_t count) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < count; ++i) add(port, kName.substr(0, 1 + i % kName.size()));
  }
  ~Watchers() {
    for (const int socket : sockets_) ::close(socket);
    ::close(epoll_);
  }
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  // Until each has had an event that has `mark`; `samples`: since `begin`.
  void read(const std::string& mark, Clock::time_point begin, bench::Samples* samples) {
    std::vector<std::string> tails(sockets_.size());
    std::vector<bool> has(sockets_.size());
    std::size_t missing = sockets_.size();
    std::vector<epoll_event> events(256);
    while (missing > 0) {
      const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 30'000);
      if (ready <= 0) throw std::runtime_error("a watcher has waited too long");
      for (int i = 0; i < ready; ++i) {
        const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
        if (!take(index, mark, tails[index]) || has[index]) continue;
        has[index] = true;
        --missing;
        if (samples != nullptr)
          samples->add(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
      }
    }
  }

 private:
  void add(std::uint16_t port, std::string_view target) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("connect");
    const std::string request =
        "GET /v2/configwatcher?watch=1&target=" + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    if (::send(socket, request.data(), request.size(), 0) < 0) throw std::runtime_error("send");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = sockets_.size();
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
    sockets_.push_back(socket);
  }

  bool take(std::size_t index, const std::string& mark, std::string& tail) const {
    static std::vector<char> buffer(1 << 20);
    const ssize_t size = ::recv(sockets_[index], buffer.data(), buffer.size(), 0);
    if (size <= 0) throw std::runtime_error("a watch has ended");
    tail.append(buffer.data(), static_cast<std::size_t>(size));
    const bool found = tail.find(mark) != std::string::npos;
    if (tail.size() > mark.size()) tail.erase(0, tail.size() - mark.size());
    return found;
  }

  const int epoll_;
  std::vector<int> sockets_;
};

std::string mark_of(std::size_t number) { return "<" + std::to_string(number) + ">"; }

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options(argc, argv, {{"watchers", "1000"}, {"changes", "100"}, {"value", "1000"}});
  const std::size_t count = options.count("watchers");
  const std::string key = "/lain/config/" + std::string(kName);
  Server server;
  const auto put = [&](std::size_t number) {
    server.put(key, mark_of(number) + std::string(options.count("value"), 'x'));
  };
  // As JSON has them.
  const auto shown = [](std::size_t number) { return "\\u003c" + std::to_string(number) + "\\u003e"; };
  put(0);
  const std::size_t before = test::resident_bytes();
  const Clock::time_point begin = Clock::now();
  Watchers watchers(server.port, count);
  watchers.read(shown(0), begin, nullptr);
  std::printf("init of %zu watchers  %.0f ms\n", count,
              std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  std::printf("idle watcher          %.1f KiB\n",
              static_cast<double>(test::resident_bytes() - before) / 1024 / static_cast<double>(count));

  bench::Samples samples;
  const double all = cpu_us(CLOCK_PROCESS_CPUTIME_ID);
  const double own = cpu_us(CLOCK_THREAD_CPUTIME_ID);
  const std::size_t changes = options.count("changes");
  for (std::size_t i = 1; i <= changes; ++i) {
    const Clock::time_point written = Clock::now();
    put(i);
    watchers.read(shown(i), written, &samples);
  }
  const double server_cpu = cpu_us(CLOCK_PROCESS_CPUTIME_ID) - all - (cpu_us(CLOCK_THREAD_CPUTIME_ID) - own);
  std::printf("change to watcher     p50 %.1f ms, p99 %.1f ms\n", samples.quantile(0.5) / 1000,
              samples.quantile(0.99) / 1000);
  std::printf("event and watcher     %.1f us CPU\n", server_cpu / static_cast<double>(changes * count));
}
