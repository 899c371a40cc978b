// POST, GET and DELETE /console/session: signing in with a token, who is signed in, signing out.
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "agent/error.hpp"
#include "console/session_cookie.hpp"
#include "console/web_console.hpp"
#include "http/json_body.hpp"
#include "http/schema.hpp"

namespace server {
namespace {

using Clock = std::chrono::steady_clock;

// A token has some dozen characters.
constexpr std::size_t kBodyLimit = 16 * 1024;

struct SignIn {
  std::string token;

  static void fields(auto& field) { field("token", &SignIn::token, "an API token"); }
};

struct SessionView {
  bool asks_for_token = false;
  bool signed_in = false;
  std::string name;

  static void fields(auto& field) {
    field("asks_for_token", &SessionView::asks_for_token,
          "the API asks for a token; otherwise nobody signs in");
    field("signed_in", &SessionView::signed_in, "the request came with a session that lasts");
    field("name", &SessionView::name, "name of its token");
  }
};

void write_audit(const WebConsole& console, const Request& request, std::string_view action,
                 std::string_view who) {
  console.audit().write({.action = action,
                         .who = who,
                         .from = request.remote_address,
                         .agent = {},
                         .command_id = {},
                         .what = "the web page",
                         .result = {}});
}

Reply signed_in_reply(const Request& request, const WebConsole& console, std::string_view name,
                      std::string_view id) {
  const SessionView view{.asks_for_token = static_cast<bool>(console.options().api_token),
                         .signed_in = !id.empty(),
                         .name = std::string(name)};
  Reply reply = envelope(payload(view), std::chrono::milliseconds(0));
  reply.headers.emplace_back("Set-Cookie", session_cookie(request.head, id, console.options().tls));
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

Reply refusal(int status, std::string_view why) {
  Reply reply = error_envelope(status, why, make_request_id(), std::chrono::milliseconds(0));
  reply.status = status;
  return reply;
}

Reply refuse_token(const WebConsole& console, const Request& request) {
  constexpr std::string_view kWhy = "unknown API token";
  console.audit().write_refusal(request.remote_address, "POST /console/session", kWhy, Clock::now());
  return refusal(401, kWhy);
}

agent::Task<Reply> sign_in(WebConsole* console, Request* request) {
  const agent::json::Document body = co_await json_body(request);
  SignIn wish;
  agent::json::read(body.root(), wish);
  if (!console->options().api_token) co_return signed_in_reply(*request, *console, "", "");
  std::optional<Grant> grant = console->options().api_token(wish.token);
  if (!grant) co_return refuse_token(*console, *request);
  const std::string name = grant->name();
  const std::string id = console->sessions().sign_in(std::move(*grant), Clock::now());
  // The session that the browser had is of no use to anybody.
  console->sessions().sign_out(session_id(request->head));
  write_audit(*console, *request, "sign_in", name);
  co_return signed_in_reply(*request, *console, name, id);
}

Payload show_session(const WebConsole& console, const Request& request) {
  const SessionAnswer session = console.session_of(request.head);
  SessionView view;
  view.asks_for_token = static_cast<bool>(console.options().api_token);
  view.signed_in = session.grant.has_value();
  if (session.grant) view.name = session.grant->name();
  return payload(view);
}

Reply sign_out(WebConsole& console, const Request& request) {
  const SessionAnswer session = console.session_of(request.head);
  if (session.is_misused) return refusal(403, session.why);
  if (session.grant) {
    console.sessions().sign_out(session_id(request.head));
    write_audit(console, request, "sign_out", session.grant->name());
    console.tell_end();
  }
  return signed_in_reply(request, console, "", "");
}

Route session_route(std::string_view method, std::string_view summary, Handler handler) {
  Route route;
  route.method = method;
  route.pattern = "/console/session";
  route.summary = summary;
  route.schema = schema_of<SessionView>();
  route.authenticate = false;
  route.enveloped_failures = true;
  route.handler = std::move(handler);
  return route;
}

}  // namespace

void add_session_routes(Router& router, WebConsole& console) {
  router.add(
      session_route("GET", "Who is signed in at the web page",
                    PayloadHandler([&console](Request& request) { return show_session(console, request); })));
  Route begin = session_route(
      "POST",
      "Sign in at the web page: a session of 12 hours in a cookie, for a token. With the cookie, what changes "
      "something also needs the header X-Agent-Console",
      ReplyTask([&console](Request* request) { return sign_in(&console, request); }));
  begin.body_schema = schema_of<SignIn>();
  begin.body_limit = kBodyLimit;
  router.add(std::move(begin));
  router.add(
      session_route("DELETE", "Sign out, which ends what goes on for the session",
                    ReplyHandler([&console](Request& request) { return sign_out(console, request); })));
}

}  // namespace server
