// CustomCall: a call of a custom agent's own type, and what its replies become: one payload, or a stream.
#pragma once

#include <chrono>
#include <memory>

#include "agent/task.hpp"
#include "http/event_form.hpp"
#include "http/reply.hpp"
#include "hub/ask.hpp"
#include "net/loop.hpp"

namespace server {

struct CustomCall {
  std::shared_ptr<Call> call;
  agent::net::Clock::time_point deadline;
  bool tells_end = false;  // the agent says which reply is the last (capability `end`)
};

// Where somebody waits for one reply, earlier ones are dropped as fast as they come.
inline constexpr CallLimits kLastReplyLimits{
    .messages = 1024, .bytes = 1024 * 1024, .pauses = true, .many = true};
// Where a client follows them. An agent is not held up by a client that reads slowly: one that is so far
// behind loses the call.
inline constexpr CallLimits kStreamLimits{.messages = 4096, .bytes = 4 * 1024 * 1024, .many = true};

// The last reply, or of an agent that does not say which one that is, the first. No payload for a call that
// ends without a reply. Throws what Call::next throws.
agent::Task<Payload> last_reply(CustomCall custom);

// Every reply as an event "reply", then one "end", or one "error" in its place, after which nothing comes. A
// sign of life after `quiet` without a reply.
agent::Task<> send_replies(CustomCall custom, EventForm form, std::chrono::milliseconds quiet,
                           BodyWriter* writer);

}  // namespace server
