#include "tests/support/http_client.hpp"

#include <stdexcept>

namespace test {

using agent::net::HttpParser;

TcpSocket& HttpClient::socket() {
  if (!socket_) {
    socket_ = TcpSocket::connect(port_);
    if (tls_) socket_->start_tls(tls_, false);
    rest_.clear();
  }
  return *socket_;
}

bool HttpClient::has_been_closed() { return socket_ && rest_.empty() && socket_->is_closed_within({}); }

void HttpClient::send_request(const std::string& method, const std::string& path, const Headers& headers,
                              const std::string& body) {
  agent::net::HeaderList list{{"Host", "127.0.0.1"}};
  const std::string authorization = "Bearer " + token_;
  const std::string length = std::to_string(body.size());
  if (!token_.empty()) list.emplace_back("Authorization", authorization);
  if (!body.empty()) list.emplace_back("Content-Length", length);
  for (const auto& [name, value] : headers) list.emplace_back(name, value);
  std::string text;
  agent::net::write_request_head(text, method, path, list);
  socket().send(text + body);
}

HttpReply HttpClient::read_reply(std::chrono::milliseconds limit, std::string_view method) {
  const Deadline deadline(limit);
  HttpParser parser(HttpParser::Kind::response, agent::net::HttpLimits{});
  if (method == "HEAD") parser.expect_no_body();
  HttpReply reply;
  for (;;) {
    std::span<char> bytes(rest_);
    const HttpParser::Event event = parser.parse(bytes);
    if (event == HttpParser::Event::body) reply.body += parser.body();
    rest_.erase(0, rest_.size() - bytes.size());
    if (event == HttpParser::Event::head) {
      reply.head = parser.head();
      reply.status = reply.head.status;
    }
    if (event == HttpParser::Event::end) break;
    if (event != HttpParser::Event::need_more) continue;
    rest_ = socket().receive(deadline.left());
    if (!rest_.empty()) continue;
    if (!parser.finish())
      throw std::runtime_error("the server closed in the middle of a reply: " + reply.body);
    break;
  }
  if (!reply.head.keep_alive) close();
  return reply;
}

HttpReply HttpClient::request(const std::string& method, const std::string& path, const Headers& headers,
                              const std::string& body) {
  if (has_been_closed()) close();
  send_request(method, path, headers, body);
  return read_reply(kPatience, method);
}

std::string send_raw(std::uint16_t port, std::string_view bytes, std::chrono::milliseconds limit) {
  TcpSocket socket = TcpSocket::connect(port);
  socket.try_send(bytes);
  return socket.receive_all(limit);
}

}  // namespace test
