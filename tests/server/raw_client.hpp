// RawClient: a blocking TCP client that says exactly what a test wants to be said, in any thread. Reads throw
// TimedOut after a limit.
#pragma once

#include <poll.h>
#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include <string>
#include <string_view>

#include "tests/support/patience.hpp"

namespace test {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.non_blocking(true);
  }

  // False when the server closed meanwhile.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      asio::error_code error;
      std::size_t n = socket_.write_some(asio::buffer(bytes), error);
      if (error == asio::error::would_block) {
        wait(POLLOUT | POLLIN);
        if (at_end_) return false;
        if (!writable_) receive();
      } else if (error) {
        return false;
      }
      bytes.remove_prefix(n);
    }
    return true;
  }

  // What arrived up to and with `text`; all that arrived when the connection ended before.
  std::string read_until(std::string_view text) {
    for (;;) {
      std::size_t at = received_.find(text);
      if (at != std::string::npos) return take(at + text.size());
      if (at_end_) return take(received_.size());
      wait(POLLIN);
      receive();
    }
  }

  std::string read_bytes(std::size_t count) {
    while (received_.size() < count && !at_end_) {
      wait(POLLIN);
      receive();
    }
    return take(std::min(count, received_.size()));
  }

  // Everything until the server closes.
  std::string read_all() {
    while (!at_end_) {
      wait(POLLIN);
      receive();
    }
    return take(received_.size());
  }

  // Head and body of one response with a Content-Length.
  std::string read_response() {
    std::string head = read_until("\r\n\r\n");
    std::size_t at = head.find("Content-Length: ");
    if (at == std::string::npos) return head;
    return head + read_bytes(std::stoul(head.substr(at + 16)));
  }

  // Closes with RST.
  void reset() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }
  void shut_down() { socket_.shutdown(asio::ip::tcp::socket::shutdown_send); }
  void close() { socket_.close(); }
  asio::ip::tcp::socket& socket() { return socket_; }

 private:
  static constexpr int kLimitMs = 15'000;

  std::string take(std::size_t count) {
    std::string text = received_.substr(0, count);
    received_.erase(0, count);
    return text;
  }

  void wait(short events) {
    pollfd descriptor{socket_.native_handle(), events, 0};
    if (poll(&descriptor, 1, kLimitMs) != 1) throw TimedOut("the server");
    writable_ = (descriptor.revents & POLLOUT) != 0;
  }

  void receive() {
    char buffer[16384];
    asio::error_code error;
    std::size_t n = socket_.read_some(asio::buffer(buffer), error);
    if (error == asio::error::would_block) return;
    at_end_ = static_cast<bool>(error);
    received_.append(buffer, n);
  }

  asio::io_context io_;
  asio::ip::tcp::socket socket_{io_};
  std::string received_;
  bool at_end_ = false;
  bool writable_ = false;
};

// A reply without its Date.
inline std::string undated(std::string reply) {
  const std::size_t at = reply.find("Date: ");
  if (at != std::string::npos) reply.erase(at, reply.find("\r\n", at) + 2 - at);
  return reply;
}

}  // namespace test
