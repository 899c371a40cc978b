// ask: one question to an agent and its reply. Call: the same for replies that stream.
//
//   wire::Foo foo;
//   co_await ask<wire::Bar>(hub, id, "example-agent", foo);
//
// A call is registered before its request leaves and unregistered when it is destroyed. Every wait ends:
// by a reply, the time-out, the agent's loss, a cancel or the server's stop. When it is destroyed before it
// is over, because its caller has left or has no time left, our own agents are told (capability `cancel`).
//
// A call lives where its agent does: Hub::place_of() says where, and net::on() brings a coroutine there.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/error.hpp"
#include "agent/message.hpp"
#include "agent/task.hpp"
#include "base/event.hpp"
#include "hub/agent_session.hpp"
#include "hub/hub.hpp"
#include "hub/receiver.hpp"
#include "net/loop.hpp"

namespace server {

// How long an agent may take for a single reply, as originals have it.
inline constexpr std::chrono::seconds kReplyTimeout{60};

// Replies that have arrived and were not taken yet. One reply always has room, whatever its size.
struct CallLimits {
  std::uint32_t messages = 64;
  std::size_t bytes = 1024 * 1024;
  // When they are full, the session stops reading until the caller has taken some; false: the call ends
  // (overflow).
  bool pauses = false;
  // Several replies may come: the call is over when its caller says so (Call::done), not with the first one.
  bool many = false;
};

struct CallSlot;

// Call: one request in flight on a session, and the messages that belong to it.
//
// Belongs to the session's loop: made, used and destroyed there.
class Call {
 public:
  // Replies are waited for until `timeout` from now.
  explicit Call(std::shared_ptr<Session> session, agent::net::Clock::duration timeout = kReplyTimeout,
                const CallLimits& limits = {});
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const std::string& tid() const;
  Session& session() const { return *session_; }

  // Sends a message with the call's tid. The first one opens the call.
  template <agent::Message T>
  void send(const T& message) {
    send(agent::encode_message(message, tid()));
  }
  // The same for a message that is JSON already, with the call's tid in it.
  void send(std::string json);

  // The next message with the call's tid. One waiter at a time. Throws
  //   refused       the agent answered type 0: its text
  //   wrong_type    it answered that it serves no requests of this type: its text
  //   timeout       "timeout"
  //   disconnected  the agent went away: why
  //   too_large     more replies wait than the limits allow
  //   too_many      the agent has kCallLimit calls already
  //   busy          the agent does not read what it is sent
  //   cancelled     cancel(), the coroutine was cancelled, or the server stops
  agent::Task<agent::Envelope> next();

  // Moves the time-out, also of a next() that waits.
  void expires_at(agent::net::Clock::time_point deadline);
  // It is over: what is wanted of it has come. Only for CallLimits::many; otherwise the first reply says so.
  void done() { over_ = true; }
  // A waiting next() and all later ones throw cancelled with `reason`.
  void cancel(std::string_view reason);

 private:
  friend struct CallSlot;

  void wake() { changed_.wake(); }
  std::optional<agent::Envelope> take();
  [[noreturn]] void fail(CallResult result, const agent::Error& error);

  std::shared_ptr<Session> session_;
  std::shared_ptr<CallSlot> slot_;
  agent::Event changed_;
  agent::net::Clock::time_point deadline_;
  CallResult result_ = CallResult::cancelled;
  bool sent_ = false;
  bool over_ = false;  // the agent need not be told that nobody waits
};

// A reply whose `ok` is false: too_many when the agent does as much at once as it may (docs/wire.md, "Refused
// for now"), which originals do not say; otherwise refused. The text is the agent's.
template <class Reply>
agent::Error refusal(const Reply& reply) {
  return {reply.too_many ? agent::Errc::too_many : agent::Errc::refused, reply.msg};
}
// An error reply, type 0: wrong_type when the agent serves no requests of that type, which only our own
// agents say (capability `end`); otherwise refused.
agent::Error refusal(const agent::Envelope& error);

// The payload of a reply that must be of type Reply. Throws bad_message: "invalid message type: N", or
// what is wrong with the payload.
template <agent::Message Reply>
Reply reply_as(const agent::Envelope& envelope) {
  if (envelope.type() != Reply::message.type) {
    throw agent::Error(agent::Errc::bad_message, "invalid message type: " + std::to_string(envelope.type()));
  }
  return envelope.payload<Reply>();
}

// Asks the agent `id`, which must be of type `agent_type` ("" = any), on the agent's shard. Throws what
// find_agent, Call::next and reply_as throw.
template <agent::Message Reply, agent::Message Request>
agent::Task<Reply> ask(Hub& hub, std::string id, std::string agent_type, Request request,
                       agent::net::Clock::duration timeout = kReplyTimeout) {
  Call call(hub.find_agent(id, agent_type), timeout);
  call.send(request);
  agent::Envelope reply = co_await call.next();
  co_return reply_as<Reply>(reply);
}

}  // namespace server
