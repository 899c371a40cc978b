#include "http/dispatch.hpp"

#include <asio/error.hpp>
#include <exception>
#include <system_error>
#include <utility>

#include "agent/log.hpp"
#include "base/ascii_case.hpp"
#include "http/origin.hpp"

namespace server {
namespace {

using Clock = std::chrono::steady_clock;

// "http://host/path?query" is a target too (RFC 9112, 3.2.2).
std::string_view without_authority(std::string_view target) {
  std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  std::size_t path = target.find('/', scheme + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

Reply not_found(const Router& router, const Request& request) {
  std::string allow = router.allowed(request.path);
  if (!allow.empty()) return other_method(request.head.method, std::move(allow));
  Reply reply = text_reply(404, "404 page not found");
  reply.content_type = "text/plain";
  return reply;
}

Reply redirect(const Request& request) {
  bool is_get = request.head.method == "GET" || request.head.method == "HEAD";
  Reply reply = text_reply(is_get ? 301 : 307, "");
  std::string location = request.aim->redirect;
  if (!request.aim->query.empty()) location.append("?").append(request.aim->query);
  reply.headers.emplace_back("Location", std::move(location));
  return reply;
}

// A failure in the form of the route.
Reply failure_reply(const Route& route, int code, std::string_view text, Clock::time_point begin) {
  if (!route.fails_enveloped()) return text_reply(code, text);
  return error_envelope(code, text, make_request_id(), elapsed_since(begin));
}

// What the client did wrong shows in the HTTP status too where it ends the connection or is asked for by
// HTTP.
Reply error_reply(const Route& route, const agent::Error& error, Clock::time_point begin) {
  Failure failure = failure_of(error);
  bool enveloped = route.fails_enveloped();
  Reply reply = failure_reply(route, enveloped ? failure.envelope : failure.http,
                              failure_text(error, enveloped), begin);
  if (reply.code == 413 || reply.code == 408) reply.status = reply.code;
  ask_to_retry(reply);
  return reply;
}

// Refused before its handler, in HTTP's own words.
Reply refusal(const Route& route, int status, std::string_view why) {
  Reply reply = failure_reply(route, status, why, Clock::now());
  reply.status = status;
  return reply;
}

Reply denied_reply(const Route& route, std::string_view why) {
  Reply reply = refusal(route, 401, why);
  reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return reply;
}

// The client left, and with it went what the handler waited for.
bool is_cancel(const std::exception& error) {
  auto* system_error = dynamic_cast<const std::system_error*>(&error);
  return system_error && system_error->code() == asio::error::operation_aborted;
}

agent::Task<Reply> enveloped(agent::Task<Payload> handling) {
  const Clock::time_point begin = Clock::now();
  Payload payload = co_await std::move(handling);
  co_return envelope(std::move(payload), elapsed_since(begin));
}

// For its handler.
void prepare(Request& request) {
  const Route& route = *request.aim->route;
  request.body_limit = route.body_limit;
  request.known_keys = &route.known_keys;
  request.arguments =
      Arguments(route.parameters, std::move(request.aim->values), parse_query(request.aim->query));
}

// What a handler that does not wait answers; false for one that does.
bool run_at_once(const Handler& handler, Request& request, Reply& reply) {
  if (auto* handle = std::get_if<ReplyHandler>(&handler)) {
    reply = (*handle)(request);
    return true;
  }
  auto* handle = std::get_if<PayloadHandler>(&handler);
  if (handle == nullptr) return false;
  const Clock::time_point begin = Clock::now();
  Payload payload = (*handle)(request);
  reply = envelope(std::move(payload), elapsed_since(begin));
  return true;
}

agent::Task<Reply> run(const Handler& handler, Request* request) {
  if (auto* handle = std::get_if<ReplyTask>(&handler)) return (*handle)(request);
  return enveloped(std::get<PayloadTask>(handler)(request));
}

void log_access(const Request& request, const Reply& reply, Clock::duration took) {
  if (!agent::log::enabled(agent::log::Level::debug)) return;
  auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  agent::log::debug("http {} {} {} {} code={} us={} token={}", request.remote_address, request.head.method,
                    request.path, reply.status, reply.code, microseconds,
                    request.token_name.empty() ? "-" : request.token_name);
}

}  // namespace

std::string_view bearer_token(const agent::net::HttpHead& head) {
  constexpr std::string_view kScheme = "Bearer ";
  std::string_view value = head.header("Authorization");
  if (!agent::starts_with_ignoring_case(value, kScheme)) return {};
  value.remove_prefix(kScheme.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

Dispatcher::Dispatcher(const Router& router, TokenCheck api_token, TokenRefused token_refused,
                       std::function<bool()> blocked, Timings* timings, SessionCheck browser_session)
    : router_(router),
      api_token_(std::move(api_token)),
      token_refused_(std::move(token_refused)),
      blocked_(std::move(blocked)),
      timings_(timings),
      browser_session_(std::move(browser_session)) {}

void Dispatcher::aim(Request& request) const {
  Aim& aim = request.aim.emplace();
  aim.begin = Clock::now();
  std::string_view target = without_authority(request.head.target);
  std::size_t question = std::min(target.find('?'), target.size());
  aim.query = target.substr(std::min(question + 1, target.size()));
  request.path = target.substr(0, question);
  Router::Match match = router_.find(request.head.method, request.path);
  aim.route = match.route;
  aim.values = std::move(match.values);
  aim.redirect = std::move(match.redirect);
  if (aim.route != nullptr && !aim.route->at_agent.empty()) aim.agent = aim.values[aim.route->agent_index];
}

// Replies have a place of their own: asio hands this frame on to smaller ones, which may wait for long.
agent::Task<std::unique_ptr<Reply>> Dispatcher::answer(Request* request) const {
  if (!request->aim) aim(*request);
  const Clock::time_point begin = request->aim->begin;
  if (request->loop != nullptr) request->loop->begin(request->head.method, request->path);
  auto reply = std::make_unique<Reply>();
  const Route* route = request->aim->route;
  if (route == nullptr) {
    *reply = request->aim->redirect.empty() ? not_found(router_, *request) : redirect(*request);
    if (timings_) timings_->record_unmatched();
    log_access(*request, *reply, Clock::now() - begin);
    co_return reply;
  }
  try {
    const bool is_refused = refuse(*route, *request, *reply);
    bool is_answered = is_refused;
    if (!is_answered) {
      prepare(*request);
      if (request->source && !route->takes_body()) co_await request->source->skip_body();
      is_answered = run_at_once(route->handler, *request, *reply);
    }
    if (!is_answered) {
      agent::Task<Reply> running = run(route->handler, request);
      *reply = co_await std::move(running);
    }
    reply->is_page = route->is_page && !is_refused;
  } catch (const agent::Error& error) {
    *reply = error_reply(*route, error, begin);
  } catch (const std::exception& error) {
    if (!is_cancel(error))
      agent::log::error("http {} {}: {}", request->head.method, request->path, error.what());
    *reply = failure_reply(*route, 500, error.what(), begin);
  }
  if (!request->ignored_keys.empty())
    reply->headers.emplace_back(kIgnoredKeysHeader, request->ignored_keys.header());
  Clock::time_point end = Clock::now();
  if (timings_) timings_->record(*route, reply->code, end - begin, end);
  log_access(*request, *reply, end - begin);
  co_return reply;
}

Reply Dispatcher::deny(const Route& route, const Request& request, std::string_view why) const {
  if (token_refused_) {
    const std::string what = std::string(request.head.method) + " " + request.path;
    token_refused_(request.remote_address, what, why);
  }
  return denied_reply(route, why);
}

// A token counts before a cookie: a program that shows one needs no other header.
std::optional<Reply> Dispatcher::authenticate(const Route& route, Request& request) const {
  const std::string_view token = bearer_token(request.head);
  std::optional<Grant> grant;
  if (!token.empty()) {
    grant = api_token_(token);
    if (!grant) return deny(route, request, "unknown API token");
  } else {
    SessionAnswer session = browser_session_ ? browser_session_(request.head) : SessionAnswer{};
    if (session.is_misused) return refusal(route, 403, session.why);
    if (!session.grant && !session.why.empty()) return denied_reply(route, session.why);
    if (!session.grant)
      return deny(route, request, "an API token is required: Authorization: Bearer <token>");
    grant = std::move(session.grant);
  }
  request.token_name = grant->name();
  request.grant = std::move(*grant);
  return std::nullopt;
}

bool Dispatcher::refuse(const Route& route, Request& request, Reply& reply) const {
  if (route.authenticate && api_token_) {
    if (std::optional<Reply> denied = authenticate(route, request)) {
      reply = std::move(*denied);
      return true;
    }
  }
  if (route.takes_json() && is_from_browser(request.head) && !has_json_type(request.head)) {
    reply = refusal(route, 415, "want Content-Type: application/json");
    return true;
  }
  const bool is_blocked = blocked_ && route.pattern.starts_with("/api/") && blocked_();
  if (is_blocked) reply = error_envelope(503, "rate limit", make_request_id(), std::chrono::milliseconds(0));
  return is_blocked;
}

}  // namespace server
