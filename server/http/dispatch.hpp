// Dispatcher: from a request to its reply: find the route, check who asks and what, run the handler, turn
// what it throws into an answer, count and log.
//
// Immutable; any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/task.hpp"
#include "grant.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"
#include "http/router.hpp"
#include "http/timings.hpp"

namespace server {

// What a token gives; nullopt = refuse.
using TokenCheck = std::function<std::optional<Grant>(std::string_view token)>;

// What the cookie of a browser gives that has signed in at the web page.
struct SessionAnswer {
  std::optional<Grant> grant{};
  bool is_misused = false;  // there is a cookie, and the request is not as our own page makes it: 403
  std::string_view why{};   // there is no grant, "": there is no cookie either
};
using SessionCheck = std::function<SessionAnswer(const agent::net::HttpHead& head)>;

// Told of each token that was missing or unknown: who came, for what ("GET /api/agents"), what was answered.
using TokenRefused = std::function<void(std::string_view from, std::string_view what, std::string_view why)>;

class Dispatcher {
 public:
  // `timings` may be null. Unset `api_token`: no authentication; unset `token_refused`: nobody is told;
  // unset `blocked`: never. Unset `browser_session`: no cookie counts.
  Dispatcher(const Router& router, TokenCheck api_token, TokenRefused token_refused,
             std::function<bool()> blocked, Timings* timings, SessionCheck browser_session = {});

  // Finds what the request is for. What is wrong with it is told by answer().
  void aim(Request& request) const;
  // Aims if that has not been done. Never throws for what the client or the handler does.
  agent::Task<std::unique_ptr<Reply>> answer(Request* request) const;

 private:
  Reply deny(const Route& route, const Request& request, std::string_view why) const;
  // Notes in `request` who asks. The answer to those who may not.
  std::optional<Reply> authenticate(const Route& route, Request& request) const;
  // True when something speaks against running the handler: `reply` says what.
  bool refuse(const Route& route, Request& request, Reply& reply) const;

  const Router& router_;
  TokenCheck api_token_;
  TokenRefused token_refused_;
  std::function<bool()> blocked_;
  Timings* timings_;
  SessionCheck browser_session_;
};

// The token of an "Authorization: Bearer" header; "" without one.
std::string_view bearer_token(const agent::net::HttpHead& head);

}  // namespace server
