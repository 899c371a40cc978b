// bench-terminals: from a key to its echo, through server and agent to a real terminal and back, on an idle
// machine and beside downloads of a large file from the same agent; and what an idle terminal with a client
// at it takes the server.
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <list>
#include <semaphore>
#include <thread>

#include "net/loop.hpp"
#include "tests/bench/bench_server.hpp"
#include "tests/bench/download_file.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/samples.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/terminal_client.hpp"

namespace {

using namespace bench;
using agent::net::Clock;

// Between an echo and the next key.
constexpr std::chrono::milliseconds kBetweenKeys{2};
// An idle terminal is one whose command has become durable, which it does after a second.
constexpr std::chrono::milliseconds kUntilIdle{2500};
// The first ones make the server load what all of them use.
constexpr std::size_t kFirstTerminals = 20;

Options parse(int argc, char** argv) {
  return Options(argc, argv,
                 {{"server", "build/release/bin/agent-server"},
                  {"agent", "build/release/bin/exec-agent"},
                  {"directory", "/dev/shm"},
                  {"keys", "3000"},
                  {"terminals", "200"},
                  {"megabytes", "1024"}});
}

struct Pair {
  explicit Pair(const Options& options)
      : server(options.text("server"), ""),
        port(
            static_cast<std::uint16_t>(std::stoul(server.address().substr(server.address().rfind(':') + 1)))),
        agent(options.text("agent"),
              {"--conf", dir.write("agent.conf", "id = bench\nserver = " + server.address() +
                                                     "\nlog.target = stdout\nexec.max_running = 10000\n")}) {
    agent.wait_for("connected to ");
  }

  // Somebody at a new terminal, of which the kernel echoes each key.
  test::TerminalClient sit_down() const {
    const std::string body =
        test::HttpClient(port)
            .request(
                "POST", "/api/exec/bench/run", {},
                R"({"terminal":{"rows":24,"cols":80},"cmd":"stty -icanon; echo ready; exec cat >/dev/null"})")
            .body;
    const std::string task = test::json_at(body, "payload.id");
    if (task.empty()) throw std::runtime_error(body);
    test::TerminalClient client(port, "/api/exec/bench/tasks/" + task + "/terminal?client=me");
    client.wait_for("ready");
    return client;
  }

  BenchServer server;
  std::uint16_t port;
  test::TempDir dir;
  test::Program agent;
};

void pause(std::chrono::milliseconds time) {
  std::binary_semaphore never(0);
  std::ignore = never.try_acquire_for(time);
}

// `type` types a key and waits for its echo.
template <class Type>
Samples measure_keys(std::size_t keys, Type type) {
  Samples echo_us;
  for (std::size_t i = 0; i < keys; ++i) {
    const Clock::time_point start = Clock::now();
    type();
    echo_us.add(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    pause(kBetweenKeys);
  }
  return echo_us;
}

// A terminal of our own on which nothing runs: the kernel passes each key through its queues of work.
class BareTerminal {
 public:
  BareTerminal() {
    if (openpty(&ours_, &theirs_, nullptr, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
    termios mode{};
    tcgetattr(theirs_, &mode);
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON);
    tcsetattr(theirs_, TCSANOW, &mode);
  }
  ~BareTerminal() {
    close(ours_);
    close(theirs_);
  }
  BareTerminal(const BareTerminal&) = delete;
  BareTerminal& operator=(const BareTerminal&) = delete;

  void type() const {
    char key = 'x';
    if (write(ours_, &key, 1) != 1 || read(ours_, &key, 1) != 1 || read(theirs_, &key, 1) != 1)
      throw std::runtime_error("a terminal without an echo");
  }

 private:
  int ours_ = -1;
  int theirs_ = -1;
};

void print(const char* what, const char* terminal, Samples& echo_us) {
  std::printf("%s, %s: %zu keys, echo p50 %.2f ms, p99 %.2f ms, longest %.2f ms\n", what, terminal,
              echo_us.size(), echo_us.quantile(0.5) / 1e3, echo_us.quantile(0.99) / 1e3,
              echo_us.quantile(1) / 1e3);
}

// Through the server and beside it on a terminal of our own, at the same time.
void compare_keys(const char* what, const Pair& pair, std::size_t keys) {
  test::TerminalClient client = pair.sit_down();
  const BareTerminal bare;
  Samples echo_us;
  Samples bare_us;
  {
    const std::jthread beside([&] { bare_us = measure_keys(keys, [&bare] { bare.type(); }); });
    echo_us = measure_keys(keys, [&client] {
      const std::size_t had = client.shown().size();
      client.type("x");
      while (client.shown().size() == had) client.take();
    });
  }
  print(what, "server and agent", echo_us);
  print(what, "bare terminal", bare_us);
}

void write_file(const std::string& path, std::uint64_t size) {
  std::string piece(256 * 1024, '\0');
  for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = static_cast<char>(i * 2654435761u >> 13);
  std::ofstream file(path, std::ios::binary);
  for (std::uint64_t at = 0; at < size; at += piece.size()) file << piece;
}

void measure_beside_downloads(const Options& options, const Pair& pair) {
  const std::string path = options.text("directory") + "/bench-terminals-" + std::to_string(getpid());
  write_file(path, options.count("megabytes") * 1024 * 1024);
  std::atomic<bool> over = false;
  std::uint64_t bytes = 0;
  const Clock::time_point start = Clock::now();
  std::jthread downloads([&] {
    while (!over) bytes += download_file(pair.port, path);
  });
  compare_keys("beside downloads", pair, options.count("keys"));
  over = true;
  downloads.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::filesystem::remove(path);
  std::printf("downloads meanwhile: %.1f GiB, %.0f MB/s\n",
              static_cast<double>(bytes) / (1024.0 * 1024 * 1024),
              static_cast<double>(bytes) / 1e6 / seconds);
}

void measure_memory(const Pair& pair, std::size_t count) {
  std::list<test::TerminalClient> clients;
  const auto sit_down = [&](std::size_t more) {
    for (std::size_t i = 0; i < more; ++i) clients.push_back(pair.sit_down());
    pause(kUntilIdle);
    return static_cast<double>(pair.server.usage().rss_bytes);
  };
  const double before = sit_down(kFirstTerminals);
  const double after = sit_down(count);
  std::printf("%zu idle terminals, each with a client: server %.1f KB each, %.1f MB in all\n", count,
              (after - before) / 1e3 / static_cast<double>(count), after / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const Options options = parse(argc, argv);
  try {
    measure_memory(Pair(options), options.count("terminals"));
    const Pair pair(options);
    compare_keys("nothing else", pair, options.count("keys"));
    measure_beside_downloads(options, pair);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench-terminals: %s\n", error.what());
    return 1;
  }
  return 0;
}
