#include "tests/support/wire_agent.hpp"

#include <stdexcept>
#include <utility>

namespace test {

using agent::net::HttpParser;

namespace wire = agent::wire;

wire::Come make_come(const WireAgentOptions& options) {
  return {.id = options.id,
          .name = options.type,
          .version = "1.2.0",
          .ip = {"127.0.0.1"},
          .mac = {},
          .host_name = "web-1",
          .os = "linux",
          .platform = "debian",
          .platform_version = "12.11",
          .kernel_version = "6.1.0-18-amd64",
          .arch = "x86_64",
          .cpu = "AMD EPYC 7B13",
          .cpu_core = 1,
          .memory = 8234287104,
          .caps = {},
          .instance = options.instance};
}

WireAgent::WireAgent(std::uint16_t port, WireAgentOptions options)
    : options_(std::move(options)), socket_(TcpSocket::connect(port)) {
  if (options_.tls) socket_->start_tls(options_.tls, false);
}

WireAgent WireAgent::connected(std::uint16_t port, WireAgentOptions options) {
  WireAgent agent(port, std::move(options));
  if (agent.upgrade() != 101) throw std::runtime_error("upgrade: " + agent.reply_.body);
  const wire::Handshake answer = agent.handshake();
  if (!answer.ok) throw std::runtime_error("handshake: " + answer.msg);
  return agent;
}

TcpSocket& WireAgent::socket() { return peer_ ? peer_->socket() : *socket_; }

std::string WireAgent::upgrade_request() const {
  std::string text =
      "GET /ws/agent HTTP/1.1\r\n"
      "Host: 127.0.0.1\r\n"
      "User-Agent: Go-http-client/1.1\r\n"
      "Connection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Version: 13\r\n"
      "Upgrade: websocket\r\n";
  if (options_.deflate) {
    text +=
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";
  }
  if (!options_.token.empty()) text += "Authorization: Bearer " + options_.token + "\r\n";
  return text + "\r\n";
}

int WireAgent::upgrade() {
  socket_->send(upgrade_request());
  std::string received;
  while (received.find("\r\n\r\n") == std::string::npos) {
    std::string piece = socket_->receive();
    if (piece.empty()) throw std::runtime_error("upgrade: the server closed");
    received += piece;
  }
  HttpParser parser(HttpParser::Kind::response, agent::net::HttpLimits{});
  std::span<char> bytes(received);
  parser.parse(bytes);
  reply_.head = parser.head();
  reply_.status = reply_.head.status;
  const std::size_t head_size = received.find("\r\n\r\n") + 4;
  if (reply_.status != 101) {
    reply_.body = received.substr(head_size) + socket_->receive_all();
    return reply_.status;
  }
  const bool deflate = !reply_.header("Sec-WebSocket-Extensions").empty();
  peer_.emplace(WirePeer::Side::agent, std::move(*socket_), deflate, received.substr(head_size));
  return 101;
}

wire::Handshake WireAgent::handshake() { return handshake(make_come(options_)); }

wire::Handshake WireAgent::handshake(const wire::Come& come) {
  peer_->send(agent::encode_message(come) + "\n");
  return agent::Envelope::parse(peer_->receive_type(wire::Handshake::message.type))
      .payload<wire::Handshake>();
}

std::string WireAgent::serve_foo(std::chrono::milliseconds limit) {
  const std::string request = peer_->receive_type(wire::Foo::message.type, limit);
  const agent::Envelope envelope = agent::Envelope::parse(request);
  peer_->send(wire::Bar{}, envelope.tid());
  return std::string(envelope.tid());
}

}  // namespace test
