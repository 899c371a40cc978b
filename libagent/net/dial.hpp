// dial: from an address to an open WebSocket: resolve, TCP (through a proxy if one is set), TLS, upgrade.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "agent/error.hpp"
#include "agent/task.hpp"
#include "net/websocket.hpp"

namespace agent::net {

struct DialOptions {
  std::string address;  // "host:port", "ws://host:port", "wss://host:port"
  std::string path = "/ws/agent";
  std::string token;  // sent as "Authorization: Bearer", "" = none
  std::string user_agent;
  bool deflate = true;              // offer permessage-deflate
  std::shared_ptr<TlsContext> tls;  // for wss
  std::string proxy;                // "http://[user:password@]host:port", "" = direct; see proxy_for
  std::size_t max_message = kDefaultMaxMessage;
  std::chrono::milliseconds timeout{20000};  // for all of it
};

// DialRefused: the server answered, but not with an upgrade.
class DialRefused : public Error {
 public:
  DialRefused(int http_status, const std::string& message)
      : Error(Errc::refused, message), status(http_status) {}
  int status;
  std::optional<std::chrono::seconds> retry_after;  // the Retry-After header
};

// Throws DialRefused, disconnected, timeout, denied (TLS), bad_config (address).
Task<std::unique_ptr<WebSocket>> dial(Loop& loop, DialOptions options);
// The way up to the upgrade, for other requests to the same server: the stream closes at `deadline`.
Task<std::unique_ptr<Stream>> dial_stream(Loop& loop, DialOptions options, Clock::time_point deadline);

// Host and port of an address in any of its three forms; the scheme says whether TLS is used.
struct Address {
  std::string host;
  std::string port;
  bool tls = false;
};
Address parse_address(const std::string& text);  // throws bad_config
// "host:port", "[::1]:port": the value of a Host header.
std::string host_port(const Address& address);

// The proxy for `host` out of https_proxy/HTTPS_PROXY and no_proxy/NO_PROXY, "" = direct.
// no_proxy: comma-separated names (a leading dot or plain suffix matches sub-domains), addresses,
// CIDR blocks, "*".
std::string proxy_for(const Address& address);

}  // namespace agent::net
