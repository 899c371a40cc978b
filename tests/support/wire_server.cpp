#include "tests/support/wire_server.hpp"

#include <utility>

#include "net/websocket_codec.hpp"

namespace test {

namespace wire = agent::wire;
using agent::net::HttpParser;

WireServer::Visit WireServer::accept(std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  Visit visit{listener_.accept(limit), {}, {}};
  while (visit.received.find("\r\n\r\n") == std::string::npos) {
    std::string piece = visit.socket.receive(deadline.left());
    if (piece.empty()) throw std::runtime_error("the agent closed before its upgrade request");
    visit.received += piece;
  }
  HttpParser parser(HttpParser::Kind::request, agent::net::HttpLimits{});
  std::span<char> bytes(visit.received);
  parser.parse(bytes);
  visit.request = parser.head();
  visit.received.erase(0, visit.received.find("\r\n\r\n") + 4);
  return visit;
}

WirePeer WireServer::upgraded(std::chrono::milliseconds limit) { return agree(accept(limit)); }

WirePeer WireServer::connected(const std::string& id, std::chrono::milliseconds limit) {
  WirePeer peer = upgraded(limit);
  const wire::Come come = receive_come(peer, limit);
  peer.send(welcome(id.empty() ? come.id : id));
  return peer;
}

wire::Handshake welcome(const std::string& id) {
  wire::Handshake answer;
  answer.ok = true;
  answer.id = id;
  return answer;
}

wire::Handshake refusal(const std::string& reason) {
  wire::Handshake answer;
  answer.msg = reason;
  return answer;
}

WirePeer agree(WireServer::Visit visit) {
  const agent::net::Upgrade upgrade = agent::net::accept_upgrade(visit.request, true);
  std::string reply =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      upgrade.accept + "\r\n";
  const bool deflate = !visit.request.header("Sec-WebSocket-Extensions").empty();
  if (deflate) {
    reply +=
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";
  }
  visit.socket.send(reply + "\r\n");
  return {WirePeer::Side::server, std::move(visit.socket), deflate, std::move(visit.received)};
}

void refuse(WireServer::Visit visit, int status, const std::string& body, const std::string& headers) {
  const std::string reason(agent::net::reason_phrase(status));
  visit.socket.send("HTTP/1.1 " + std::to_string(status) + " " + reason + "\r\nContent-Type: text/plain\r\n" +
                    headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  visit.socket.close();
}

wire::Come receive_come(WirePeer& peer, std::chrono::milliseconds limit) {
  return agent::Envelope::parse(peer.receive_type(wire::Come::message.type, limit)).payload<wire::Come>();
}

}  // namespace test
