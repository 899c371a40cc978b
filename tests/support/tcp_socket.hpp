// TcpSocket: one end of a TCP connection on 127.0.0.1, blocking, each wait with a limit.
// TcpListener: where such connections arrive.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/tls.hpp"
#include "tests/support/patience.hpp"

namespace test {

class TcpSocket {
 public:
  // Throws std::runtime_error when it is refused.
  static TcpSocket connect(std::uint16_t port);

  explicit TcpSocket(int descriptor) : descriptor_(descriptor) {}
  ~TcpSocket() { close(); }
  TcpSocket(TcpSocket&& other) noexcept;
  TcpSocket& operator=(TcpSocket&& other) noexcept;

  // From here on through TLS. Throws agent::Error when the peer is refused, or refuses.
  void start_tls(std::shared_ptr<agent::net::TlsContext> context, bool is_server,
                 std::chrono::milliseconds limit = kPatience);

  // All of it. Throws std::runtime_error when the peer is gone, TimedOut when it does not read.
  void send(std::string_view bytes);
  // False when the peer is gone; for those who want to go on.
  bool try_send(std::string_view bytes, std::chrono::milliseconds limit = kPatience);
  // What arrives next, "" when the peer has closed or reset. Throws TimedOut.
  std::string receive(std::chrono::milliseconds limit = kPatience, std::size_t most = 64 * 1024);
  // Until the peer closes.
  std::string receive_all(std::chrono::milliseconds limit = kPatience);
  // Whether the peer has closed, whatever it sent before.
  bool is_closed_within(std::chrono::milliseconds limit);

  // The peer reads an end of the stream; we can still receive.
  void finish();
  void close();
  void reset();  // closes with RST
  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  bool send_plain(std::string_view bytes, std::chrono::milliseconds limit = kPatience);
  std::string receive_plain(std::chrono::milliseconds limit, std::size_t most);

  int descriptor_;
  std::unique_ptr<agent::net::Tls> tls_;
};

class TcpListener {
 public:
  // Port 0: any free one.
  explicit TcpListener(std::uint16_t port = 0);
  ~TcpListener() { close(); }
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  std::uint16_t port() const { return port_; }
  int descriptor() const { return descriptor_; }
  // Throws TimedOut.
  TcpSocket accept(std::chrono::milliseconds limit = kPatience);
  // Whether somebody connects.
  bool is_called_within(std::chrono::milliseconds limit) const;
  // From now on connections are refused.
  void close();

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

}  // namespace test
