// Request: one HTTP request on its way through a handler.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/pump.hpp"
#include "agent/task.hpp"
#include "grant.hpp"
#include "http/body_keys.hpp"
#include "http/parameter.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"

namespace server {

struct Route;

// What a request is for, once that has been found (Dispatcher::aim).
struct Aim {
  std::chrono::steady_clock::time_point begin;
  const Route* route = nullptr;     // null: not found
  std::vector<std::string> values;  // of the path parameters, decoded
  std::string redirect;             // not empty: the route exists under this path
  std::string_view query;           // within the request's target
  std::string_view agent;           // that the request is about, within `values`; "": none, or whatever it is
};

// BodySource: the body of a request. The connection is one, tests have their own. Throws timeout,
// disconnected, bad_message.
class BodySource : public agent::ByteSource {
 public:
  // The whole body, where its length was told and all of it has come with the head; nothing otherwise. Before
  // the first read().
  virtual std::optional<std::string> take_whole() { return std::nullopt; }
  // Reads a small body to its end and drops it, unless the client waits for "100 Continue" before it sends
  // it. Throws as read().
  virtual agent::Task<> skip_body() { co_return; }
  // Asks the system whether the client has shut its sending half, or has left; otherwise that is noticed once
  // per tick.
  virtual bool has_parted() const { return false; }
};

// Belongs to its connection's loop, which is settled before the handler runs, and lives until the reply was
// written. When the client leaves meanwhile (its connection is reset or takes no more), the handler's
// coroutine is cancelled: what it waits for throws. A client that shuts its sending half (FIN) may still want
// its reply, or may be a program that has ended: that cancels nothing, see when_parted().
class Request final : public agent::ByteSource {
 public:
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  agent::net::HttpHead head;
  std::string path;  // as sent, without the query
  std::optional<Aim> aim;
  Arguments arguments;                   // the declared parameters, checked
  std::string token_name;                // the API token that was shown, "" without authentication
  Grant grant;                           // of that token; once it is revoked, the connection ends
  std::string remote_address;            // "192.0.2.1"
  std::size_t body_limit = 0;            // bytes, from the route
  const BodyKeys* known_keys = nullptr;  // from the route; null: any
  IgnoredKeys ignored_keys;              // grow while the body is read; the reply names them
  agent::net::Loop* loop = nullptr;      // on which it is handled: its agent's shard, or any
  BodySource* source = nullptr;          // null: no body
  std::weak_ptr<void> owner;             // whoever it is a part of; none: it is kept alive otherwise

  // The next piece of the body, "" at its end. Throws too_large beyond body_limit.
  agent::Task<std::string> read() override;
  // The body for pump() and gather(), within the handler: the connection's next request has another one.
  std::shared_ptr<agent::ByteSource> content() { return {owner.lock(), this}; }
  // Runs `action` once the client has shut its sending half, at once if it has already.
  void when_parted(std::function<void()> action);
  // It has, or it has left: whether a reply reaches it cannot be known. Exact for requests with a body.
  bool client_has_parted() const { return has_parted_ || (source != nullptr && source->has_parted()); }
  // The whole body. Throws too_large.
  agent::Task<std::string> body();
  // The same without waiting, if all of it has come with the head. Throws too_large.
  std::optional<std::string> body_at_hand();

  // ---- for the connection

  // The client has shut its sending half.
  void part();

 private:
  std::function<void()> parting_;
  bool has_parted_ = false;
  std::size_t body_bytes_ = 0;
};

}  // namespace server
