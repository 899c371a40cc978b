// download_file: a file of an agent through the server's API, thrown away as it comes.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "tests/support/tcp_socket.hpp"

namespace bench {

// How many bytes came. `path` is the file at the agent `bench`. Throws when it failed.
inline std::uint64_t download_file(std::uint16_t port, const std::string& path) {
  constexpr std::size_t kPiece = 256 * 1024;
  test::TcpSocket socket = test::TcpSocket::connect(port);
  socket.send("GET /api/file/bench/download?dir=" + path +
              " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  std::string head = socket.receive();
  const std::size_t end = head.find("\r\n\r\n");
  if (!head.starts_with("HTTP/1.1 200") || end == std::string::npos) throw std::runtime_error(head);
  std::uint64_t bytes = head.size() - end - 4;
  for (;;) {
    const std::size_t count = socket.receive(test::kPatience, kPiece).size();
    if (count == 0) return bytes;
    bytes += count;
  }
}

}  // namespace bench
