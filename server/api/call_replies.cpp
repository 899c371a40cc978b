#include "api/call_replies.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/json.hpp"
#include "agent/message.hpp"
#include "agent/wire/call.hpp"
#include "agent/wire/kept.hpp"
#include "base/ascii_case.hpp"

namespace server {
namespace {

using agent::Envelope;
using agent::Errc;
using agent::Error;
using agent::Task;
using agent::json::Value;
using agent::net::Clock;
namespace wire = agent::wire;

// What of a message is between the server and its agent.
bool is_internal(std::string_view key) {
  constexpr std::array<std::string_view, 4> kInternal{"type", "tid", "seq", wire::kEndKey};
  return std::any_of(kInternal.begin(), kInternal.end(),
                     [key](std::string_view name) { return agent::equals_ignoring_case(key, name); });
}

// The message for people, `type` first.
std::string text_of(const Envelope& reply) {
  agent::json::Writer out;
  out.begin_object().key("type").integer(reply.type());
  const Value root = reply.root();
  for (std::size_t i = 0; i < root.size(); ++i) {
    auto [key, value] = root.member(i);
    if (!is_internal(key)) out.key(key).raw(value.text());
  }
  return out.end_object().take();
}

bool is_reply(const Envelope& message) { return message.type() != wire::CallEnd::message.type; }

bool is_last(const Envelope& message) {
  const Value mark = message.root().find(wire::kEndKey);
  return !is_reply(message) || (mark.is_bool() && mark.as_bool());
}

// What a handler keeps (Call::keep) is kept until it has been acknowledged.
void acknowledge(Call& call, const Envelope& reply) {
  if (reply.seq() == 0) return;
  call.session().send(agent::encode_message(wire::Ack{.seq = reply.seq(), .over = false}, call.tid()));
}

// What came next: nothing, when neither is set.
struct Next {
  std::optional<Envelope> message;
  std::optional<Error> failure;
};

Task<Next> next_of(std::shared_ptr<Call> call, Clock::time_point deadline, std::chrono::milliseconds quiet) {
  Next next;
  const Clock::time_point pause = Clock::now() + quiet;
  call->expires_at(std::min(deadline, pause));
  try {
    next.message = co_await call->next();
    acknowledge(*call, *next.message);
  } catch (const Error& error) {
    if (error.code() != Errc::timeout || deadline <= pause) next.failure = error;
  }
  co_return next;
}

// How many replies that were.
std::uint64_t write_reply(BodyWriter& writer, EventForm form, const Envelope& message) {
  if (!is_reply(message)) return 0;
  write_event_in(writer, form, "reply", text_of(message));
  return 1;
}

std::string count_text(std::uint64_t replies) {
  agent::json::Writer out;
  return out.begin_object().key("replies").unsigned_integer(replies).end_object().take();
}

}  // namespace

Task<Payload> last_reply(CustomCall custom) {
  std::optional<Envelope> last;
  for (bool more = true; more;) {
    Envelope reply = co_await custom.call->next();
    acknowledge(*custom.call, reply);
    more = custom.tells_end && !is_last(reply);
    if (is_reply(reply)) last.emplace(std::move(reply));
  }
  custom.call->done();
  Payload payload;
  if (last) payload.json = text_of(*last);
  co_return payload;
}

Task<> send_replies(CustomCall custom, EventForm form, std::chrono::milliseconds quiet, BodyWriter* writer) {
  std::uint64_t replies = 0;
  for (bool more = true; more;) {
    const Next next = co_await next_of(custom.call, custom.deadline, quiet);
    if (next.failure) {
      write_error_in(*writer, form, *next.failure);
      more = false;
    } else if (next.message) {
      replies += write_reply(*writer, form, *next.message);
      more = !custom.tells_end || !is_last(*next.message);
    } else {
      write_wait_in(*writer, form);
    }
    if (!more && !next.failure) {
      custom.call->done();
      write_event_in(*writer, form, "end", count_text(replies));
    }
    co_await writer->room();
  }
}

}  // namespace server
