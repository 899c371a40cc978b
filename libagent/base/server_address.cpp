#include "base/server_address.hpp"

#include <charconv>

#include "agent/error.hpp"

namespace agent {

Address parse_address(const std::string& text) {
  Address address;
  std::string rest = text;
  if (rest.starts_with("wss://")) {
    address.tls = true;
    rest.erase(0, 6);
  } else if (rest.starts_with("ws://")) {
    rest.erase(0, 5);
  } else if (const std::size_t scheme = rest.find("://"); scheme != std::string::npos) {
    throw Error(Errc::bad_config, "server address '" + text + "': '" + rest.substr(0, scheme + 3) +
                                      "' is not for agents; want host:port, ws:// or wss://");
  }
  std::size_t colon = rest.rfind(':');
  bool bracketed = rest.starts_with('[');
  if (colon == std::string::npos || (bracketed && rest.find("]:") == std::string::npos)) {
    throw Error(Errc::bad_config, "server address '" + text + "': the port is missing, as in host:13081");
  }
  address.host = bracketed ? rest.substr(1, rest.find(']') - 1) : rest.substr(0, colon);
  address.port = rest.substr(colon + 1);
  unsigned port = 0;
  const char* end = address.port.data() + address.port.size();
  bool numeric = std::from_chars(address.port.data(), end, port).ptr == end && !address.port.empty();
  if (address.host.empty() || !numeric || port == 0 || port > 65535) {
    throw Error(Errc::bad_config,
                "server address '" + text + "': want host:port, ws://host:port or wss://host:port");
  }
  return address;
}

std::string host_port(const Address& address) {
  bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + address.port;
}

}  // namespace agent
