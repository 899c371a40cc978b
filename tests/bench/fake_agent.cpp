#include "tests/bench/fake_agent.hpp"

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <random>

#include "agent/message.hpp"
#include "agent/wire/control.hpp"
#include "base/backoff.hpp"

namespace bench {
namespace {

using namespace agent;

double random_share() {
  thread_local std::mt19937_64 source(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(source);
}

std::string come_of(const std::string& id, const Swarm& swarm) {
  wire::Come come;
  come.id = id;
  come.name = swarm.kind;
  come.caps = swarm.capabilities;
  come.version = "2.0.0";
  come.ip.text = "127.0.0.1";
  come.host_name = "host-of-" + id;
  come.os = "linux";
  come.platform = "debian";
  come.platform_version = "12.5";
  come.kernel_version = "6.1.0-18-amd64";
  come.arch = "x86_64";
  come.cpu = "AMD EPYC 7B13";
  come.cpu_core = 2;
  come.memory = 8234287104;
  come.instance = id + "-instance";
  return encode_message(come);
}

wire::AgentInfo sample_report() {
  wire::AgentInfo info;
  info.version = "2.0.0";
  info.go_version = "c++ gcc-12.2.0";
  info.cpu_usage = 0.21F;
  info.memory_usage = 0.06F;
  info.threads = 2;
  info.startup = 1772323200;
  info.heap_in_use = 2031616;
  info.gc.emplace();
  info.in_packets = 12;
  info.in_bytes = 1800;
  info.out_packets = 31;
  info.out_bytes = 9044;
  return info;
}

}  // namespace

Task<> FakeAgent::run() {
  Backoff backoff(random_share);
  for (;;) {
    std::optional<std::chrono::seconds> retry_after;
    bool was_connected = false;
    try {
      ++swarm_.attempts;
      co_await connect();
      was_connected = true;
      co_await serve();
    } catch (const net::DialRefused& refusal) {
      ++swarm_.refusals;
      retry_after = refusal.retry_after;
    } catch (const Error&) {
      // Lost or not reachable: what matters is coming back.
    }
    socket_.reset();
    if (was_connected) {
      --swarm_.connected;
      backoff.reset();
      if (swarm_.on_change) swarm_.on_change();
    }
    if (!swarm_.reconnect) co_return;
    std::chrono::milliseconds delay = backoff.next(retry_after);
    co_await pause(delay);
  }
}

Task<> FakeAgent::connect() {
  auto start = net::Clock::now();
  net::DialOptions options = swarm_.dial;
  std::unique_ptr<net::WebSocket> socket = co_await net::dial(swarm_.loop, options);
  socket->send(come_of(id_, swarm_));
  std::string answer = co_await socket->read();
  auto handshake = Envelope::parse(std::move(answer)).payload<wire::Handshake>();
  if (!handshake.ok) throw Error(Errc::refused, handshake.msg);
  auto now = net::Clock::now();
  swarm_.handshake_us.add(std::chrono::duration<double, std::micro>(now - start).count());
  swarm_.connects.push_back(now);
  socket_ = std::move(socket);
  ++swarm_.connected;
  if (swarm_.on_change) swarm_.on_change();
}

Task<> FakeAgent::serve() {
  for (;;) {
    std::string text = co_await socket_->read();
    Envelope request = Envelope::parse(std::move(text));
    if (request.type() == wire::Reported::message.type) ++swarm_.acknowledged;
    if (request.type() != wire::Foo::message.type) continue;
    socket_->send(encode_message(wire::Bar{}, request.tid()));
    ++swarm_.calls;
  }
}

void FakeAgent::report() {
  static const std::string text = encode_message(sample_report());
  send(text);
}

void FakeAgent::send(const std::string& text) {
  if (!socket_) return;
  socket_->send(text);
  ++swarm_.reports;
}

Task<> FakeAgent::pause(std::chrono::milliseconds delay) {
  asio::steady_timer timer(swarm_.loop.io(), delay);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace bench
