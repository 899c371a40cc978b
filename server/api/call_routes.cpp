// POST /api/agents/{id}/call: one message to a custom agent, and its reply or, as they come, its replies.
// Ours, for message types that this server knows nothing about.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "agent/json.hpp"
#include "agent/wire/call.hpp"
#include "api/api.hpp"
#include "api/audit_note.hpp"
#include "api/call_replies.hpp"
#include "base/ascii_case.hpp"
#include "http/json_body.hpp"
#include "hub/ask.hpp"

namespace server {
namespace {

// The longest a call may take. Work that takes longer is no call.
constexpr std::int64_t kTimeoutMax = 3600;
// Types of custom agents; those below belong to the built-in routes.
constexpr std::int64_t kTypeMin = 1000;
constexpr std::int64_t kTypeMax = 9999;

using agent::json::Value;
using agent::net::Clock;

std::int64_t read_integer(Value object, std::string_view key, std::int64_t min, std::int64_t max) {
  try {
    return object.find(key).as_int(min, max);
  } catch (const agent::Error& error) {
    throw RequestError(400, fmt::format("bad param: {}: {}", key, error.text()));
  }
}

// Keys of the body that the server reads or writes itself.
bool is_ours(std::string_view key) {
  constexpr std::array<std::string_view, 4> kOurs{"type", "tid", "timeout", agent::wire::kEndKey};
  return std::any_of(kOurs.begin(), kOurs.end(),
                     [key](std::string_view ours) { return agent::equals_ignoring_case(key, ours); });
}

// A message that is passed on unread, but for what the server says to the agent itself.
std::string make_message(std::int64_t type, Value body, const CustomCall& custom) {
  agent::json::Writer out;
  out.begin_object().key("type").integer(type).key("tid").string(custom.call->tid());
  if (custom.tells_end) out.key(agent::wire::kEndKey).boolean(true);
  for (std::size_t i = 0; i < body.size(); ++i) {
    auto [key, value] = body.member(i);
    if (!is_ours(key)) out.key(key).raw(value.text());
  }
  return out.end_object().take();
}

std::chrono::seconds read_timeout(Value body) {
  if (body.find("timeout").is_null()) return kReplyTimeout;
  return std::chrono::seconds(read_integer(body, "timeout", 1, kTimeoutMax));
}

CustomCall make_call(Api& api, const Request& request, std::chrono::seconds timeout, bool streams) {
  std::shared_ptr<Session> session = api.hub().find_agent(request.arguments.text("id"), "");
  CustomCall custom;
  custom.deadline = Clock::now() + timeout;
  custom.tells_end = session->has(agent::wire::kEndCapability);
  CallLimits limits = streams ? kStreamLimits : kLastReplyLimits;
  limits.many = streams || custom.tells_end;
  custom.call = std::make_shared<Call>(std::move(session), timeout, limits);
  return custom;
}

Reply stream_reply(CustomCall custom, EventForm form, std::chrono::milliseconds quiet) {
  return endless_reply(content_type_of(form), [custom = std::move(custom), form, quiet](BodyWriter* writer) {
    return send_replies(custom, form, quiet, writer);
  });
}

// What the message says is not noted: only its agent knows what of it is secret.
agent::Task<Reply> call_agent(Api* api, Request* request, std::shared_ptr<AuditNote> note) {
  const Clock::time_point begin = Clock::now();
  const agent::json::Document body = co_await json_body(request);
  if (!body.root().is_object()) throw RequestError(400, "bad param: body: expected an object");
  const std::int64_t type = read_integer(body.root(), "type", kTypeMin, kTypeMax);
  note->set_what(fmt::format("type {}", type));
  const bool streams = request->arguments.integer("stream") != 0;
  CustomCall custom = make_call(*api, *request, read_timeout(body.root()), streams);
  custom.call->send(make_message(type, body.root(), custom));
  if (!streams) {
    Payload payload = co_await last_reply(std::move(custom));
    co_return envelope(std::move(payload), elapsed_since(begin));
  }
  co_return stream_reply(std::move(custom), event_form(request->head), api->options().quiet_limit);
}

constexpr std::string_view kBodySchema =
    R"({"type":"object","description":"one message; its payload stands under a key of the agent's choice","properties":{)"
    R"("type":{"type":"integer","minimum":1000,"maximum":9999,"description":"message type"},)"
    R"("timeout":{"type":"integer","minimum":1,"maximum":3600,"default":60,"description":"seconds"}},)"
    R"("required":["type"],"additionalProperties":true})";

constexpr std::string_view kReplySchema =
    R"({"type":"object","description":"the agent's message without its tid; none if the handler has ended without a reply","properties":{)"
    R"("type":{"type":"integer"}},"required":["type"],"additionalProperties":true})";

}  // namespace

void add_call_routes(Router& router, Api& api) {
  Route route;
  route.method = "POST";
  route.pattern = "/api/agents/{id}/call";
  route.summary =
      "Send one message of a custom agent's own type. The answer is the last reply of the agent's handler; of an "
      "original agent, which does not say which reply is the last, it is the first one. 424: the agent serves no "
      "messages of this type. A client that leaves cancels the handler";
  route.parameters = {
      {.name = "id", .in = In::path, .summary = "agent id"},
      {.name = "stream",
       .type = Type::integer,
       .summary =
           "1: every reply as it comes, as events (text/event-stream) or, for Accept: "
           "application/x-ndjson, as lines {\"event\":…,\"data\":…}. Events are `reply` (the message), then "
           "`end` {\"replies\":n} behind the last reply or `error` {\"code\":n,\"msg\":…}. An original agent has "
           "no `end`: its stream lasts until the timeout. A client that is 4 MiB or 4096 replies behind gets "
           "an `error`",
       .fallback = 0,
       .min = 0}};
  route.schema = kReplySchema;
  route.body_schema = kBodySchema;
  route.stream_types = {"text/event-stream", "application/x-ndjson"};
  route.enveloped_failures = true;
  route.at_agent = "id";
  route.handler = ReplyTask([&api](Request* request) {
    auto note = std::make_shared<AuditNote>(api.audit(), "call", *request, "");
    return audited(note, call_agent(&api, request, note));
  });
  router.add(std::move(route));
}

}  // namespace server
