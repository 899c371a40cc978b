// The address of a server, as settings and command lines have it. Pure, any thread.
#pragma once

#include <string>

namespace agent {

// Host and port of an address in any of its three forms; the scheme says whether TLS is used.
struct Address {
  std::string host;  // without brackets
  std::string port;
  bool tls = false;
};
// "host:port", "ws://host:port", "wss://host:port"; an IPv6 address in brackets. Throws Errc::bad_config.
Address parse_address(const std::string& text);
// "host:port", "[::1]:port": the value of a Host header.
std::string host_port(const Address& address);

}  // namespace agent
