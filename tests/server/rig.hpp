// Rig: a hub with one shard and a second loop that accepts, for tests. FakeAgent: the agent's end of a
// connection to it.
#pragma once

#include <fmt/format.h>

#include <asio/co_spawn.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "agent/message.hpp"
#include "agent/metrics.hpp"
#include "agent/wire/control.hpp"
#include "hub/hub.hpp"
#include "hub/serve_agent.hpp"
#include "net/loop.hpp"
#include "net/websocket.hpp"

namespace test {

inline constexpr std::chrono::seconds kLimit{20};

// The test's coroutine, the agents' ends and the hub's shard run on `loop`, on the test's own thread.
// `second` has a thread of its own; what it accepts moves to the shard. Everything that was spawned must end
// by itself or by the hub's stop.
class Rig {
 public:
  explicit Rig(server::HubOptions options = {}) : hub(std::move(options), metrics) {
    hub.attach(loop);
    thread_ = std::thread([this] { second.run(); });
  }

  ~Rig() {
    second.stop();
    thread_.join();
    hub.shut();
  }

  // Runs a coroutine to its end, then everything else. Rethrows what the coroutine throws.
  void run(agent::Task<> work) {
    std::exception_ptr failure;
    std::atomic<bool> done{false};
    asio::co_spawn(loop.io(), std::move(work), [&](std::exception_ptr thrown) {
      failure = thrown;
      done = true;
    });
    run_until([&] { return done.load(); });
    hub.stop();
    if (failure) std::rethrow_exception(failure);
    run_until([&] { return running == 0 && hub.size() == 0; });
  }

  void spawn(agent::net::Loop& where, agent::Task<> work) {
    ++running;
    asio::co_spawn(where.io(), std::move(work), [this](std::exception_ptr thrown) {
      if (thrown) std::terminate();  // the hub's coroutines do not throw, helpers of tests must not
      --running;
    });
  }

  agent::metrics::Registry metrics;
  server::Hub hub;
  std::atomic<int> running{0};
  agent::net::Loop loop;
  agent::net::Loop second;

 private:
  template <class Condition>
  void run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + kLimit;
    while (!condition() && std::chrono::steady_clock::now() < end)
      loop.io().run_one_for(std::chrono::milliseconds(10));
    REQUIRE(condition());
  }

  std::thread thread_;
};

// Belongs to the rig's loop. It answers pings only while it reads.
class FakeAgent {
 public:
  // Connects to the hub on `where`, the loop that accepts it.
  // `grant`: of the token that it shows.
  FakeAgent(Rig& rig, agent::net::Loop& where, const server::Grant& grant = {}) {
    using asio::ip::tcp;
    tcp::acceptor acceptor(where.io(), tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    tcp::socket mine(rig.loop.io());
    mine.connect(acceptor.local_endpoint());
    auto theirs = std::make_shared<tcp::socket>(acceptor.accept());
    socket = std::make_unique<agent::net::WebSocket>(
        std::make_unique<agent::net::Stream>(rig.loop, std::move(mine)), agent::net::WebSocketOptions{});
    ++rig.running;  // until the server's end is spawned
    where.post([&rig, &where, theirs, grant] {
      agent::net::WebSocketOptions options;
      options.is_server = true;
      auto stream = std::make_unique<agent::net::Stream>(where, std::move(*theirs));
      auto server_end = std::make_unique<agent::net::WebSocket>(std::move(stream), options);
      rig.spawn(where, server::serve_agent(rig.hub, std::move(server_end), grant));
      --rig.running;
    });
  }
  explicit FakeAgent(Rig& rig) : FakeAgent(rig, rig.loop) {}

  // The next message. Throws when the server closed.
  agent::Task<agent::Envelope> read() {
    std::string text = co_await socket->read();
    co_return agent::Envelope::parse(std::move(text));
  }

  // Sends `text` as first message and reads the answer to it.
  agent::Task<agent::wire::Handshake> say(std::string text) {
    socket->send(text);
    agent::Envelope answer = co_await read();
    co_return answer.payload<agent::wire::Handshake>();
  }

  agent::Task<agent::wire::Handshake> come(std::string id, std::string type = "example-agent",
                                           std::string instance = "") {
    agent::wire::Come come;
    come.id = std::move(id);
    come.name = std::move(type);
    come.version = "1.0.0";
    come.instance = std::move(instance);
    agent::wire::Handshake answer = co_await say(agent::encode_message(come));
    co_return answer;
  }

  // Why the server closed. Fails when a message comes first.
  agent::Task<std::string> end() {
    try {
      std::string text = co_await socket->read();
      FAIL("a message instead of the end: " << text);
    } catch (const agent::Error& error) {
      co_return error.what();
    }
    co_return "";
  }

  std::unique_ptr<agent::net::WebSocket> socket;
};

// Reads, and so answers pings, until the connection ends.
inline agent::Task<> serve(FakeAgent* agent) {
  try {
    for (;;) co_await agent->socket->read();
  } catch (const agent::Error&) {
  }
}

// Lets other handlers run until the condition, a named one, holds; fails after kLimit. Another thread may
// change it at the next moment: it is not asked again.
template <class Condition>
agent::Task<> until(agent::net::Loop& loop, Condition condition) {
  asio::steady_timer look(loop.io());
  const auto end = std::chrono::steady_clock::now() + kLimit;
  bool holds = condition();
  while (!holds && std::chrono::steady_clock::now() < end) {
    look.expires_after(std::chrono::milliseconds(1));
    co_await look.async_wait(asio::use_awaitable);
    holds = condition();
  }
  REQUIRE(holds);
}

// Until everything that was spawned has ended, and so many agents are connected.
inline agent::Task<> ended(Rig& rig, std::size_t connected = 0) {
  const auto done = [&rig, connected] { return rig.running == 0 && rig.hub.size() == connected; };
  co_await until(rig.loop, done);
}

// Stops the hub, so that the test's agents may go.
inline agent::Task<> finish(Rig& rig) {
  rig.hub.stop();
  co_await ended(rig);
}

// The value of one series in the registry's text, -1 when there is none.
inline double series(const agent::metrics::Registry& metrics, const std::string& name) {
  const std::string text = fmt::format("\n{}", metrics.expose());
  const std::size_t found = text.find(fmt::format("\n{} ", name));
  return found == std::string::npos ? -1 : std::stod(text.substr(found + name.size() + 2));
}

}  // namespace test
