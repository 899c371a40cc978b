// HttpClient: an HTTP/1.1 client on one connection to 127.0.0.1, blocking, each wait with a limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.hpp"
#include "net/tls.hpp"
#include "tests/support/tcp_socket.hpp"

namespace test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpReply {
  int status = 0;
  agent::net::HttpHead head;
  std::string body;

  std::string_view header(std::string_view name) const { return head.header(name); }
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port, std::shared_ptr<agent::net::TlsContext> tls = nullptr)
      : port_(port), tls_(std::move(tls)) {}

  // Sent with every request from now on; "" = none.
  void set_token(std::string token) { token_ = std::move(token); }

  // One request and its reply. Connects when there is no connection, or the server has closed the last one.
  HttpReply get(const std::string& path, const Headers& headers = {}) {
    return request("GET", path, headers);
  }
  HttpReply request(const std::string& method, const std::string& path, const Headers& headers = {},
                    const std::string& body = {});

  // The two halves of it, for pipelining and for clients that leave in between. A reply to HEAD has no body:
  // `method` says what was asked.
  void send_request(const std::string& method, const std::string& path, const Headers& headers = {},
                    const std::string& body = {});
  HttpReply read_reply(std::chrono::milliseconds limit = kPatience, std::string_view method = "GET");

  // Any bytes, on a connection that is made when there is none.
  void send_bytes(std::string_view bytes) { socket().send(bytes); }
  TcpSocket& socket();
  void close() { socket_.reset(); }

 private:
  bool has_been_closed();

  std::uint16_t port_;
  std::shared_ptr<agent::net::TlsContext> tls_;
  std::string token_;
  std::optional<TcpSocket> socket_;
  std::string rest_;  // received behind the last reply
};

// `bytes` to `port` on a connection of their own, and all that comes back until the server closes.
std::string send_raw(std::uint16_t port, std::string_view bytes, std::chrono::milliseconds limit = kPatience);

}  // namespace test
