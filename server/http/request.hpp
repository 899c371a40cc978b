// Request: one HTTP request on its way through a handler.
#pragma once

#include <cstddef>
#include <string>

#include "agent/task.hpp"
#include "grant.hpp"
#include "http/parameter.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"

namespace server {

// BodySource: where the pieces of a request's body come from. The connection is one, tests have their own.
class BodySource {
 public:
  // The next piece, "" at the end. Throws timeout, disconnected, bad_message.
  virtual agent::Task<std::string> read_body() = 0;
  // Asks the system whether the client has left; otherwise that is noticed once per tick.
  virtual bool has_left() const { return false; }

 protected:
  ~BodySource() = default;
};

// Belongs to its connection's loop and lives until the reply was written. When the client leaves meanwhile,
// the handler's coroutine is cancelled: what it waits for throws.
class Request {
 public:
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  agent::net::HttpHead head;
  std::string path;            // as sent, without the query
  Arguments arguments;         // the declared parameters, checked
  std::string token_name;      // the API token that was shown, "" without authentication
  Grant grant;                 // of that token; once it is revoked, the connection ends
  std::string remote_address;  // "192.0.2.1"
  std::size_t body_limit = 0;  // bytes, from the route
  agent::net::Loop* loop = nullptr;
  BodySource* source = nullptr;  // null: no body

  // The next piece of the body, "" at its end. Throws too_large beyond body_limit.
  agent::Task<std::string> read();
  // The client has left: a reply would reach nobody. Only for requests with a body.
  bool client_has_left() const { return source != nullptr && source->has_left(); }
  // The whole body. Throws too_large.
  agent::Task<std::string> body();

 private:
  std::size_t body_bytes_ = 0;
};

}  // namespace server
