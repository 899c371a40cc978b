// bench-rpc: GET /api/foo/{id} by keep-alive clients: HTTP in, over the WebSocket to an agent and back.
//
// The agent is the real example-agent, or one of the swarm's (--agent fake) in this process.
#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/detached.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdio>

#include "tests/bench/bench_loop.hpp"
#include "tests/bench/bench_server.hpp"
#include "tests/bench/fake_agent.hpp"
#include "tests/bench/options.hpp"

namespace {

using namespace bench;
using agent::Task;
using agent::net::Clock;
using agent::net::Loop;
using asio::ip::tcp;

Options parse(int argc, char** argv) {
  return Options(argc, argv,
                 {{"server", "build/release/bin/agent-server"},
                  {"agent", "build/release/bin/example-agent"},
                  {"clients", "16"},
                  {"seconds", "5"},
                  {"warmup", "1"}});
}

struct Load {
  bool counting = false;
  bool stopped = false;
  std::size_t answers = 0;
  std::size_t failures = 0;
  Samples latency_us;
};

bool is_success(std::string_view response) {
  return response.starts_with("HTTP/1.1 200") && response.find("\"code\":200") != std::string_view::npos;
}

// One request after the other. The server's answers are small: each arrives in one piece.
Task<> client(Loop& loop, tcp::endpoint server, std::string request, Load& load) {
  tcp::socket socket(loop.io());
  co_await socket.async_connect(server, asio::use_awaitable);
  agent::net::Stream stream(loop, std::move(socket));
  while (!load.stopped) {
    auto start = Clock::now();
    stream.send(request);
    std::span<char> bytes = co_await stream.read();
    if (bytes.empty()) break;
    if (!load.counting) continue;
    ++(is_success({bytes.data(), bytes.size()}) ? load.answers : load.failures);
    load.latency_us.add(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
}

Task<> wait_until_answered(Loop& loop, tcp::endpoint server, std::string request) {
  for (;;) {
    tcp::socket socket(loop.io());
    co_await socket.async_connect(server, asio::use_awaitable);
    agent::net::Stream stream(loop, std::move(socket));
    stream.send(request);
    std::span<char> bytes = co_await stream.read();
    if (is_success({bytes.data(), bytes.size()})) co_return;
    asio::steady_timer timer(loop.io(), std::chrono::milliseconds(50));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<> measure(Loop& loop, const Options& options, const BenchServer& server, Load& load) {
  std::string address = server.address();
  auto port = static_cast<unsigned short>(std::stoi(address.substr(address.rfind(':') + 1)));
  tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  std::string request = "GET /api/foo/bench-agent HTTP/1.1\r\nHost: " + address + "\r\n\r\n";
  co_await wait_until_answered(loop, endpoint, request);

  for (std::size_t i = 0; i < options.count("clients"); ++i) {
    asio::co_spawn(loop.io(), client(loop, endpoint, request, load), asio::detached);
  }
  asio::steady_timer timer(loop.io());
  timer.expires_after(std::chrono::milliseconds(static_cast<long>(options.number("warmup") * 1000)));
  co_await timer.async_wait(asio::use_awaitable);
  Usage before = server.usage();
  auto start = Clock::now();
  load.counting = true;
  timer.expires_after(std::chrono::milliseconds(static_cast<long>(options.number("seconds") * 1000)));
  co_await timer.async_wait(asio::use_awaitable);
  load.stopped = true;
  Usage after = server.usage();
  std::chrono::duration<double> took = Clock::now() - start;
  auto n = static_cast<double>(load.answers);
  std::printf(
      "foo, %zu clients: %.0f/s, %.1f us of server CPU each, p50 %.0f us, p99 %.0f us, %zu failures; server %.1f MB\n",
      options.count("clients"), n / took.count(), (after.cpu_us - before.cpu_us) / n,
      load.latency_us.quantile(0.5), load.latency_us.quantile(0.99), load.failures,
      static_cast<double>(after.rss_bytes) / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  Options options = parse(argc, argv);
  Loop loop;
  BenchServer server(options.text("server"), "connect_limit = 100000\n");
  test::TempDir dir;
  Swarm swarm(loop);
  FakeAgent fake(swarm, "bench-agent");
  std::unique_ptr<test::Program> real;
  if (options.text("agent") == "fake") {
    swarm.dial.address = server.address();
    asio::co_spawn(loop.io(), fake.run(), asio::detached);
  } else {
    std::string conf = dir.write("agent.conf", "id = bench-agent\nserver = " + server.address() + "\n");
    real = std::make_unique<test::Program>(options.text("agent"), test::Program::Arguments{"--conf", conf});
  }
  Load load;
  const int result =
      run_to_end("bench-rpc", loop, measure(loop, options, server, load), std::chrono::seconds(120));
  if (real) std::printf("agent: %.1f MB\n", static_cast<double>(usage_of(real->pid()).rss_bytes) / 1e6);
  real.reset();
  server.kill();
  std::fflush(stdout);
  std::_Exit(result);  // the clients' coroutines are still waiting
}
