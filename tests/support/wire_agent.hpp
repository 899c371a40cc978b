// WireAgent: an agent in the hands of a test: each step of a connection to agent-server by itself, so that it
// can be left out, done wrong or broken off.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/wire/control.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/wire_peer.hpp"

namespace test {

struct WireAgentOptions {
  std::string id = "wire-1";
  std::string type = "example-agent";
  std::string instance{};  // "" as the originals, who send none
  std::string token{};
  bool deflate = true;  // offered as the originals do
  std::shared_ptr<agent::net::TlsContext> tls{};
};

// What an original sends first. Change a member to make it wrong.
agent::wire::Come make_come(const WireAgentOptions& options);

class WireAgent {
 public:
  // Opens the TCP connection (and TLS), nothing else.
  explicit WireAgent(std::uint16_t port, WireAgentOptions options = {});
  // One that has done all of it and is served. Throws when the server refuses.
  static WireAgent connected(std::uint16_t port, WireAgentOptions options = {});

  TcpSocket& socket();

  // The text of an original's upgrade request.
  std::string upgrade_request() const;
  // Sends it and gives the status: 101, or why not.
  int upgrade();
  // The reply to the upgrade.
  const HttpReply& upgrade_reply() const { return reply_; }

  // After the upgrade.
  WirePeer& peer() { return *peer_; }
  // Sends `come`, the line end behind it as Go writes it, and gives the server's answer.
  agent::wire::Handshake handshake();
  agent::wire::Handshake handshake(const agent::wire::Come& come);

  // Waits for one foo and answers it; gives its tid.
  std::string serve_foo(std::chrono::milliseconds limit = kPatience);

 private:
  WireAgentOptions options_;
  std::optional<TcpSocket> socket_;  // until the upgrade
  std::optional<WirePeer> peer_;     // after it
  HttpReply reply_;
};

}  // namespace test
