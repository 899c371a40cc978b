// Stage: an agent and a server that the test plays by hand, on one loop. No sleeping: each step waits for an
// event, and a test that hangs fails after a limit.
#pragma once

#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/agent.hpp"
#include "agent/wire/control.hpp"
#include "core/agent_state.hpp"
#include "core/runtime.hpp"
#include "net/http.hpp"
#include "net/websocket.hpp"

namespace test {

using Socket = std::unique_ptr<agent::net::WebSocket>;

class FakeServer {
 public:
  explicit FakeServer(agent::net::Loop& loop);

  std::string address() const;  // "127.0.0.1:<port>"

  // The next connection, after its upgrade.
  agent::Task<Socket> accept();
  // The next connection's upgrade is answered with this text instead.
  agent::Task<> refuse(std::string response);
  // The next connection and its `come`, answered with this handshake.
  agent::Task<Socket> welcome(agent::wire::Handshake answer);
  // Accepts the agent under the id it sent.
  agent::Task<Socket> welcome();

  bool deflate = true;                          // agree to it
  std::shared_ptr<agent::net::TlsContext> tls;  // serve wss
  agent::net::HttpHead request;                 // the last upgrade
  agent::wire::Come come;                       // the last one

 private:
  agent::Task<std::unique_ptr<agent::net::Stream>> next_stream();

  agent::net::Loop& loop_;
  asio::ip::tcp::acceptor acceptor_;
};

// The next message but self-reports.
agent::Task<agent::Envelope> receive(agent::net::WebSocket* socket);

struct Stage {
  Stage();

  // Starts the agent; the caller runs the loop.
  void start();
  // Starts the agent, plays the server, and ends when the part has ended, or else the agent.
  using Part = agent::Task<> (*)(Stage& stage);
  void play(Part part);

  // Waits until the condition holds; it is looked at after every event of the loop.
  agent::Task<> until(std::function<bool()> condition);
  agent::Task<> until_connected();
  // The last thing of a part: the agent's stop ends the play.
  agent::Task<> until_stopped();
  agent::Task<> until_counted(agent::metrics::Counter* counter, std::uint64_t value);
  agent::core::Counters& counters() { return agent::core::state_of(agent).counters; }

  agent::net::Loop loop;
  FakeServer server{loop};
  agent::Agent agent{"test-agent", "1.2.3"};
  agent::Config& config;
  agent::core::Timing timing;
  bool expect_stop = false;
  double random = 0;  // what the back-off draws
  std::optional<agent::core::Runtime> runtime;
};

}  // namespace test
