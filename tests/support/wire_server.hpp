// WireServer: an agent-server in the hands of a test. By default it does what the Go original does: it
// agrees to permessage-deflate with both no_context_takeover parameters, compresses every message, never
// pings, closes without a close frame.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/wire/control.hpp"
#include "net/http.hpp"
#include "tests/support/wire_peer.hpp"

namespace test {

class WireServer {
 public:
  explicit WireServer(std::uint16_t port = 0) : listener_(port) {}

  std::uint16_t port() const { return listener_.port(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
  TcpListener& listener() { return listener_; }

  // A connection up to its upgrade request, which is not answered yet.
  struct Visit {
    TcpSocket socket;
    agent::net::HttpHead request;
    std::string received;  // behind the request
  };
  Visit accept(std::chrono::milliseconds limit = kPatience);

  // The next connection, upgraded.
  WirePeer upgraded(std::chrono::milliseconds limit = kPatience);
  // The next connection, upgraded and its handshake answered with `id`, "" = the one that it asks for.
  WirePeer connected(const std::string& id = {}, std::chrono::milliseconds limit = kPatience);

 private:
  TcpListener listener_;
};

// Answers the upgrade as the original does.
WirePeer agree(WireServer::Visit visit);
// Refuses it, as with 503 "rate limit", and closes.
void refuse(WireServer::Visit visit, int status, const std::string& body, const std::string& headers = {});

agent::wire::Handshake welcome(const std::string& id);
agent::wire::Handshake refusal(const std::string& reason);

// The agent's first message.
agent::wire::Come receive_come(WirePeer& peer, std::chrono::milliseconds limit = kPatience);

}  // namespace test
