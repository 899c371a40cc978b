// bench-rpc: GET /api/foo/{id} by keep-alive clients: HTTP in, over the WebSocket to an agent and back.
//
// The agent is the real example-agent, or --agents of the swarm's in this process (--agent fake), whom the
// clients ask in turn. --rate: calls a second by all clients together; 0: as many as they get.
#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/detached.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdio>
#include <deque>
#include <string>
#include <vector>

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
                  {"agents", "1"},
                  {"clients", "16"},
                  {"rate", "0"},
                  {"seconds", "5"},
                  {"threads", "0"},
                  {"warmup", "1"}});
}

// What clients ask for, one request after the other, and how often.
struct Requests {
  std::vector<std::string> texts;
  std::chrono::nanoseconds pause{0};  // from one to the next of a client
  std::size_t next = 0;

  const std::string& take() { return texts[next++ % texts.size()]; }
};

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
Task<> client(Loop& loop, tcp::endpoint server, Requests& requests, Load& load) {
  tcp::socket socket(loop.io());
  co_await socket.async_connect(server, asio::use_awaitable);
  agent::net::Stream stream(loop, std::move(socket));
  asio::steady_timer due(loop.io(), Clock::now());
  while (!load.stopped) {
    if (requests.pause.count() > 0) {
      due.expires_at(due.expiry() + requests.pause);
      co_await due.async_wait(asio::use_awaitable);
    }
    auto start = Clock::now();
    stream.send(requests.take());
    std::span<char> bytes = co_await stream.read();
    if (bytes.empty()) break;
    if (!load.counting) continue;
    ++(is_success({bytes.data(), bytes.size()}) ? load.answers : load.failures);
    load.latency_us.add(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
}

std::string agent_id(std::size_t number) { return "bench-agent-" + std::to_string(number); }

std::string settings(const Options& options) {
  std::string text = "connect_limit = 100000\n";
  if (options.count("threads") != 0) text += "threads = " + options.text("threads") + "\n";
  return text;
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
  const std::size_t clients = options.count("clients");
  Requests requests;
  for (std::size_t i = 0; i < options.count("agents"); ++i) {
    requests.texts.push_back("GET /api/foo/" + agent_id(i) + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n");
    co_await wait_until_answered(loop, endpoint, requests.texts.back());
  }
  if (const double rate = options.number("rate"); rate > 0)
    requests.pause = std::chrono::nanoseconds(static_cast<long>(1e9 * static_cast<double>(clients) / rate));

  for (std::size_t i = 0; i < clients; ++i) {
    asio::co_spawn(loop.io(), client(loop, endpoint, requests, load), asio::detached);
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
      "foo, %zu clients, %zu agents: %.0f/s, %.1f us of server CPU each, p50 %.0f us, p99 %.0f us, %zu failures; "
      "server %.1f MB\n",
      clients, requests.texts.size(), n / took.count(), (after.cpu_us - before.cpu_us) / n,
      load.latency_us.quantile(0.5), load.latency_us.quantile(0.99), load.failures,
      static_cast<double>(after.rss_bytes) / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  Options options = parse(argc, argv);
  Loop loop;
  BenchServer server(options.text("server"), settings(options));
  test::TempDir dir;
  Swarm swarm(loop);
  std::deque<FakeAgent> fakes;
  std::unique_ptr<test::Program> real;
  if (options.text("agent") == "fake") {
    swarm.dial.address = server.address();
    for (std::size_t i = 0; i < options.count("agents"); ++i)
      asio::co_spawn(loop.io(), fakes.emplace_back(swarm, agent_id(i)).run(), asio::detached);
  } else {
    std::string conf =
        dir.write("agent.conf", "id = " + agent_id(0) + "\nserver = " + server.address() + "\n");
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
