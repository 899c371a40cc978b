// Listener: one port for HTTP/1.1 and the agents' WebSockets, spread over all loops.
//
// One acceptor hands its sockets to the loops in turn. A connection whose request is about an agent moves to
// that agent's loop before the request is handled, and stays there until a request for another one comes
// (docs/decisions/shards.md). SO_REUSEPORT would spare the hand-over, but it
// spreads by hash (16 clients can land 11 to 5), and a second server on the same port would start
// without a word.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/metrics.hpp"
#include "agent/task.hpp"
#include "http/dispatch.hpp"
#include "http/router.hpp"
#include "http/tls_holder.hpp"
#include "net/loop.hpp"
#include "net/message_budget.hpp"
#include "net/websocket.hpp"

namespace server {

// Waits that end a connection. Looked at once per `tick`.
struct HttpTimeouts {
  std::chrono::milliseconds head{10'000};         // from its first byte to its last: 408
  std::chrono::milliseconds idle{60'000};         // between two requests: closed
  std::chrono::milliseconds body{30'000};         // without any byte of a body: 408
  std::uint64_t body_rate = 1024;                 // bytes per second that a body must bring, 0 = any: 408
  std::chrono::milliseconds body_window{60'000};  // on average over this much waiting for it
  std::chrono::milliseconds write{30'000};        // the client takes nothing of a reply: closed
  // While a request is handled TCP asks so often whether its client is there: at least 1 s.
  std::chrono::seconds probe{15};
  std::chrono::milliseconds tick{500};
};

// What becomes of the listen address.
struct ListenNews {
  enum class Kind {
    listening,  // on `port`; told once
    waiting,  // `why`: the machine does not have the address, or not yet; told once, it is tried every second
    failed,   // `failure`: the address came, and cannot be had all the same
  };
  Kind kind = Kind::listening;
  std::uint16_t port = 0;
  std::string why{};
  std::exception_ptr failure{};
};

// What the listener asks the rest of the server. Called on any loop's thread; must not block.
struct ListenerHooks {
  // What the API token gives, nullopt = refuse. Unset: no authentication.
  TokenCheck api_token;
  // The same for the cookie of a browser that has signed in, where there is no token. Unset: no cookie
  // counts.
  SessionCheck browser_session;
  // The same for agents (the bearer token of their upgrade).
  TokenCheck enroll_token;
  // Told of each token that was refused, an agent's too; must be quick. Unset: nobody is.
  TokenRefused token_refused;
  // Admission of one agent: nullopt = come in, else answer 503 with Retry-After. Unset: everybody.
  std::function<std::optional<std::chrono::seconds>()> admit;
  // Serves an upgraded agent until it is gone; started on the agent's loop, detached. `grant`: of its
  // enrollment token.
  std::function<agent::Task<>(std::unique_ptr<agent::net::WebSocket> socket, Grant grant)> serve_agent;
  // The loop that serves requests about this agent, one of the listener's. Unset: that of the connection.
  std::function<agent::net::Loop&(std::string_view agent)> place;
  // True: every route under /api answers 503 "rate limit" (the cache-disk switch). Unset: never.
  std::function<bool()> blocked;
  // Told on the first loop, once it runs. Unset: nobody is.
  std::function<void(const ListenNews& news)> listen_news;
};

// How often an address is tried that the machine does not have, as before DHCP has answered.
inline constexpr std::chrono::seconds kListenPause{1};

struct ListenerOptions {
  std::string address = "127.0.0.1";  // IPv4 or IPv6; "" = every address (IPv6 and IPv4)
  std::uint16_t port = 13081;         // 0 = any free one
  std::string agent_path = "/ws/agent";
  std::size_t max_message = agent::net::kDefaultMaxMessage;   // of an agent, bytes after decompression
  std::shared_ptr<agent::net::MessageBudget> message_budget;  // of their unfinished messages; null = none
  bool deflate = true;                                        // agree to permessage-deflate
  std::vector<std::string> allowed_origins;                   // web pages that may call us (origin.hpp)
  std::vector<std::string> server_names;  // what Host may be without tokens, besides addresses and localhost
  bool has_any_name = false;              // Host may be anything, also without tokens
  HttpTimeouts timeouts;
  ListenerHooks hooks;
};

class Listener {
 public:
  // Binds and starts to accept once the loops run; waits for an address that the machine does not have.
  // `router`, `tls`, `metrics` and the loops must outlive the listener; all routes have been added. Throws
  // Errc::io: "listen 127.0.0.1:13081: Address already in use".
  Listener(std::vector<agent::net::Loop*> loops, ListenerOptions options, const Router& router,
           const TlsHolder& tls, agent::metrics::Registry& metrics);
  // The loops no longer run.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The port that was bound, 0 while there is none.
  std::uint16_t port() const;

  // Accepts nothing more, closes idle HTTP connections; requests that run are answered with
  // "Connection: close". Upgraded agents are the hub's. Any thread, returns at once.
  void stop();
  bool stopping() const;

  // Ends the connections on which something goes on that was asked for with an API token which is revoked,
  // and what goes on, as if the client had left. Any thread; it is done soon.
  void end_revoked();

  // HTTP connections that are open, upgraded ones not counted. Any thread.
  std::size_t connections() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace server
