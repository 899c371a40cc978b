// Baggage: what a Stream's connection takes along from one loop to another. A value that owns the socket:
// when it is destroyed on the way, the connection is closed.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/byte_stream.hpp"
#include "net/close_socket.hpp"
#include "net/write_queue.hpp"

namespace agent::net {

struct Stream::Baggage {
  Baggage() = default;
  ~Baggage() {
    if (socket) close_socket(*socket);
  }
  Baggage(const Baggage&) = delete;
  Baggage& operator=(const Baggage&) = delete;

  std::optional<asio::ip::tcp::socket::native_handle_type> socket;  // none: it had been closed
  std::unique_ptr<Tls> tls;
  WriteQueue queue;
  std::string plain;  // decrypted and not read
  std::string peer;
  std::string reason;
  Clock::time_point deadline = Clock::time_point::max();
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  bool closing = false;
  bool timed_out = false;
};

}  // namespace agent::net
