// FakeAgent: the least that a server takes for an agent; answers foo, reports, comes back after a loss.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/task.hpp"
#include "net/dial.hpp"
#include "net/loop.hpp"
#include "tests/bench/samples.hpp"

namespace bench {

// What all agents of a swarm share. Belongs to the loop.
struct Swarm {
  explicit Swarm(agent::net::Loop& the_loop) : loop(the_loop) {}

  agent::net::Loop& loop;
  agent::net::DialOptions dial;
  bool reconnect = false;
  std::string kind = "example-agent";
  std::vector<std::string> capabilities;

  std::size_t connected = 0;
  std::size_t attempts = 0;
  std::size_t refusals = 0;        // attempts that were answered by no
  std::uint64_t reports = 0;       // sent
  std::uint64_t calls = 0;         // answered
  std::uint64_t acknowledged = 0;  // acknowledgements of reports that came
  Samples handshake_us;            // from dialling to the accepted handshake
  std::vector<agent::net::Clock::time_point> connects;
  std::function<void()> on_change;  // after `connected` changed
};

class FakeAgent {
 public:
  FakeAgent(Swarm& swarm, std::string id) : swarm_(swarm), id_(std::move(id)) {}

  // Lives until the loop ends; with `reconnect` off, until its session is lost.
  agent::Task<> run();

  // Sends a self-report if connected.
  void report();
  // The same for any message.
  void send(const std::string& text);
  // Bytes that the server has not taken yet.
  std::size_t queued() const { return socket_ ? socket_->stream().queued() : 0; }

 private:
  agent::Task<> connect();
  agent::Task<> serve();
  agent::Task<> pause(std::chrono::milliseconds delay);

  Swarm& swarm_;
  std::string id_;
  std::unique_ptr<agent::net::WebSocket> socket_;
};

}  // namespace bench
