// StreamSender: somebody who sends to an address as a socket reader's status names it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "examples/logkit-agent/read/stream_address.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/tcp_socket.hpp"

namespace test {

// Not connected when nobody listens. Of IPv4 or a unix socket.
class StreamSender {
 public:
  explicit StreamSender(const std::string& address) {
    const logkit::StreamAddress parsed = logkit::parse_stream_address(address);
    const int type = (parsed.is_stream() ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC;
    const int descriptor = ::socket(parsed.is_unix() ? AF_UNIX : AF_INET, type, 0);
    sockaddr_un file{};
    file.sun_family = AF_UNIX;
    parsed.path.copy(file.sun_path, sizeof file.sun_path - 1);
    sockaddr_in host{};
    host.sin_family = AF_INET;
    host.sin_port = htons(parsed.port);
    ::inet_pton(AF_INET, parsed.host.c_str(), &host.sin_addr);
    const auto* const to = parsed.is_unix() ? reinterpret_cast<const sockaddr*>(&file)
                                            : reinterpret_cast<const sockaddr*>(&host);
    is_connected = ::connect(descriptor, to, parsed.is_unix() ? sizeof file : sizeof host) == 0;
    socket = TcpSocket(descriptor);
  }

  // A datagram is sent whole.
  void send(std::string_view bytes) { socket.send(bytes); }

  bool is_connected = false;
  TcpSocket socket{-1};
};

// Once somebody listens.
inline StreamSender connect_sender(const std::string& address) {
  auto sender = std::make_unique<StreamSender>(address);
  wait_until("somebody listens on " + address, [&] {
    if (!sender->is_connected) sender = std::make_unique<StreamSender>(address);
    return sender->is_connected;
  });
  return std::move(*sender);
}

}  // namespace test
