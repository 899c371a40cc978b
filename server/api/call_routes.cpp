// POST /api/agents/{id}/call: one message to a custom agent and its reply. Ours, for message types that
// this server knows nothing about.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "agent/json.hpp"
#include "agent/message.hpp"
#include "api/api.hpp"
#include "api/audit_note.hpp"
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

using agent::equals_ignoring_case;
using agent::json::Value;

std::int64_t read_integer(Value object, std::string_view key, std::int64_t min, std::int64_t max) {
  try {
    return object.find(key).as_int(min, max);
  } catch (const agent::Error& error) {
    throw RequestError(400, fmt::format("bad param: {}: {}", key, error.text()));
  }
}

// A message that is passed on unread, but for its tid.
std::string make_message(std::int64_t type, Value body, std::string_view tid) {
  agent::json::Writer out;
  out.begin_object().key("type").integer(type).key("tid").string(tid);
  for (std::size_t i = 0; i < body.size(); ++i) {
    auto [key, value] = body.member(i);
    if (equals_ignoring_case(key, "type") || equals_ignoring_case(key, "tid") ||
        equals_ignoring_case(key, "timeout"))
      continue;
    out.key(key).raw(value.text());
  }
  return out.end_object().take();
}

// The reply without its tid, `type` first.
Payload payload_of(const agent::Envelope& reply) {
  agent::json::Writer out;
  out.begin_object().key("type").integer(reply.type());
  Value root = reply.root();
  for (std::size_t i = 0; i < root.size(); ++i) {
    auto [key, value] = root.member(i);
    if (equals_ignoring_case(key, "type") || equals_ignoring_case(key, "tid")) continue;
    out.key(key).raw(value.text());
  }
  return Payload{out.end_object().take()};
}

// What the message says is not noted: only its agent knows what of it is secret.
agent::Task<Payload> call_agent(Api* api, Request* request, std::shared_ptr<AuditNote> note) {
  const agent::json::Document body = co_await json_body(request);
  if (!body.root().is_object()) throw RequestError(400, "bad param: body: expected an object");
  const std::int64_t type = read_integer(body.root(), "type", kTypeMin, kTypeMax);
  note->set_what(fmt::format("type {}", type));
  std::chrono::seconds timeout = kReplyTimeout;
  if (!body.root().find("timeout").is_null()) {
    timeout = std::chrono::seconds(read_integer(body.root(), "timeout", 1, kTimeoutMax));
  }
  const std::string& id = request->arguments.text("id");
  Call call(api->hub(), *request->loop, api->hub().find_agent(id, ""), timeout);
  call.send(make_message(type, body.root(), call.tid()));
  agent::Envelope reply = co_await call.next();
  co_return payload_of(reply);
}

constexpr std::string_view kBodySchema =
    R"({"type":"object","description":"one message; its payload stands under a key of the agent's choice","properties":{)"
    R"("type":{"type":"integer","minimum":1000,"maximum":9999,"description":"message type"},)"
    R"("timeout":{"type":"integer","minimum":1,"maximum":3600,"default":60,"description":"seconds"}},)"
    R"("required":["type"],"additionalProperties":true})";

constexpr std::string_view kReplySchema =
    R"({"type":"object","description":"the agent's message without its tid","properties":{)"
    R"("type":{"type":"integer"}},"required":["type"],"additionalProperties":true})";

}  // namespace

void add_call_routes(Router& router, Api& api) {
  Route route;
  route.method = "POST";
  route.pattern = "/api/agents/{id}/call";
  route.summary = "Send one message of a custom agent's own type and wait for the reply";
  route.parameters = {{.name = "id", .in = In::path, .summary = "agent id"}};
  route.schema = kReplySchema;
  route.body_schema = kBodySchema;
  route.handler = PayloadTask([&api](Request* request) {
    auto note = std::make_shared<AuditNote>(api.audit(), "call", *request, "");
    return audited(note, call_agent(&api, request, note));
  });
  router.add(std::move(route));
}

}  // namespace server
