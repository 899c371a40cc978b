// StreamAddress: where a socket reader listens, as logkit writes it:
//
//   tcp://127.0.0.1:5140   tcp6://[::1]:5140   udp://:5140   unix:///run/logs.sock   unixgram:///run/log.sock
//
// Hosts are numeric addresses or "localhost". Without one it is the loopback address: a reader that others
// may reach says so, as in tcp://0.0.0.0:5140 or tcp://[::]:5140.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace logkit {

struct StreamAddress {
  enum class Kind { tcp, udp, unix_stream, unix_datagram };
  Kind kind = Kind::tcp;
  std::string host;  // numeric, without brackets
  bool is_ipv6 = false;
  std::uint16_t port = 0;  // 0: any that is free
  std::string path;        // of a unix socket, absolute
  bool has_host = true;    // false: the address has none

  bool is_unix() const { return kind == Kind::unix_stream || kind == Kind::unix_datagram; }
  bool is_stream() const { return kind == Kind::tcp || kind == Kind::unix_stream; }
};

// Throws Errc::bad_config.
StreamAddress parse_stream_address(std::string_view text);
// The form above.
std::string to_text(const StreamAddress& address);

}  // namespace logkit
