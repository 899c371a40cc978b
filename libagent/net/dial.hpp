// dial: from an address to an open WebSocket: resolve, TCP (through a proxy if one is set), TLS, upgrade.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "agent/error.hpp"
#include "agent/task.hpp"
#include "base/server_address.hpp"
#include "net/websocket.hpp"

namespace agent::net {

struct DialOptions {
  std::string address;  // "host:port", "ws://host:port", "wss://host:port"
  std::string path = "/ws/agent";
  std::string token;  // sent as "Authorization: Bearer", "" = none
  std::string user_agent;
  bool deflate = true;              // offer permessage-deflate
  std::shared_ptr<TlsContext> tls;  // for wss
  std::string proxy;                // as proxy_for() gives it, "" = direct
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

// ConnectFailed: there is no TCP connection to the server, or to the proxy on the way.
class ConnectFailed : public Error {
 public:
  enum class Cause { no_address, refused, unreachable };
  ConnectFailed(Cause why, const std::string& message) : Error(Errc::disconnected, message), cause(why) {}
  Cause cause;
};

// Throws DialRefused, ConnectFailed, disconnected, timeout, denied (TLS), bad_config (address).
Task<std::unique_ptr<WebSocket>> dial(Loop& loop, DialOptions options);
// The way up to the upgrade, for other requests to the same server: the stream closes at `deadline`.
Task<std::unique_ptr<Stream>> dial_stream(Loop& loop, DialOptions options, Clock::time_point deadline);

// The proxy for `address` out of https_proxy or else all_proxy (or their upper-case forms) and no_proxy,
// "" = direct. A proxy is "[http://][user:password@]host:port"; what has a meaning of its own there is
// percent-encoded in user and password. no_proxy: names (a leading dot or plain suffix matches sub-domains),
// addresses and CIDR blocks, between commas or blanks, each for one port where ":port" follows
// ("[2001:db8::1]:443"); "*" for all.
std::string proxy_for(const Address& address);

struct Proxy {
  Address address;
  std::string credentials;  // "user:password", decoded; "" = none
};
// Throws bad_config for another kind of proxy (https, socks), without telling the credentials.
Proxy parse_proxy(const std::string& text);

}  // namespace agent::net
