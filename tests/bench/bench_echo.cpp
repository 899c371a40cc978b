// bench-echo: text messages to an echo server over one WebSocket on loopback, as fast as they go.
//
// The server has a thread of its own, whose CPU time is the figure: messages per second of one core.
// Usage: bench-echo [--size bytes] [--seconds s]
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <thread>

#include "net/websocket.hpp"
#include "tests/bench/options.hpp"
#include "tests/support/socket_pair.hpp"

namespace {

using agent::Task;
using agent::net::Clock;
using agent::net::Loop;
using agent::net::Stream;
using agent::net::WebSocket;
using asio::ip::tcp;

constexpr std::size_t kInFlight = 256 * 1024;  // bytes that the client sends ahead

std::unique_ptr<WebSocket> over(Loop& loop, tcp::socket socket, bool is_server) {
  agent::net::WebSocketOptions options{.is_server = is_server};
  return std::make_unique<WebSocket>(std::make_unique<Stream>(loop, std::move(socket)), options);
}

Task<> echo(Loop& loop, tcp::socket accepted, std::atomic<std::size_t>& messages) {
  std::unique_ptr<WebSocket> socket = over(loop, std::move(accepted), true);
  for (;;) {
    std::string text = co_await socket->read();
    std::size_t count = 1;
    socket->send(text);
    while (std::optional<std::string> more = socket->next()) {
      socket->send(*more);
      ++count;
    }
    messages.fetch_add(count, std::memory_order_relaxed);
  }
}

Task<> drive(Loop& loop, tcp::socket connected, std::size_t size) {
  std::unique_ptr<WebSocket> socket = over(loop, std::move(connected), false);
  std::string text(size, 'x');
  std::size_t ahead = 0;
  for (;;) {
    for (; ahead < kInFlight; ahead += size) socket->send(text);
    co_await socket->read();
    ahead -= size;
    while (socket->next()) ahead -= size;
  }
}

double thread_cpu_seconds(std::thread& thread) {
  clockid_t clock{};
  timespec used{};
  pthread_getcpuclockid(thread.native_handle(), &clock);
  clock_gettime(clock, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Options options(argc, argv, {{"size", "128"}, {"seconds", "3"}});
  std::size_t size = options.count("size");
  Loop server_loop, client_loop;
  std::atomic<std::size_t> messages{0};
  tcp::acceptor acceptor(server_loop.io(), tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket connected(client_loop.io());
  connected.connect(acceptor.local_endpoint());
  asio::co_spawn(server_loop.io(), echo(server_loop, acceptor.accept(), messages), asio::detached);
  asio::co_spawn(client_loop.io(), drive(client_loop, std::move(connected), size), asio::detached);

  std::thread server([&] { server_loop.run(); });
  auto start = Clock::now();
  client_loop.io().run_for(std::chrono::milliseconds(static_cast<long>(options.number("seconds") * 1000)));
  std::chrono::duration<double> took = Clock::now() - start;
  double cpu = thread_cpu_seconds(server);
  auto n = static_cast<double>(messages.load());
  std::printf("echo, %zu bytes: %.0f/s of one core (%.0f/s measured, server thread at %.0f %%)\n", size,
              n / cpu, n / took.count(), cpu / took.count() * 100);
  std::fflush(stdout);
  std::_Exit(0);
}
