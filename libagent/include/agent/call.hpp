// Call: one request that is being answered.
//
// A handle: copies mean the same call. Belongs to the agent's loop, where handlers run; only cancelled()
// and task_id() may be used from other threads.
//
// When nobody waits for its replies any more, because its caller has left or its time is over (our own server
// says so), its session has ended or the agent stops, a call is cancelled, and its handler's coroutine with
// it: what the coroutine waits for throws (Errc::cancelled from libagent's own waits, Errc::disconnected from
// room() and idle()), and so does any later wait, mostly a std::system_error. A handler need not catch that:
// its variables clean up, and nothing is answered or logged. A handler whose work must be finished all the
// same calls keep().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/message.hpp"
#include "agent/task.hpp"

namespace agent {

class Call;

namespace core {
class Calls;
struct CallState;
const CallState& state_of(const Call& call);
}  // namespace core

// How the replies of a kept call leave.
enum class Pace {
  gathered,  // after up to a millisecond, with others that come in it: small ones cost half
  prompt,    // by themselves: a person looks at each, as at the echo of a key
};

class Call {
 public:
  // Makes the call outlive its session and its caller. Its coroutine goes on when they are gone, and only a
  // stop of the agent cancels it. Its replies are numbered from now on, kept in memory until the server has
  // them for good, and sent again in later sessions, each of which it gets once (docs/wire.md, "Kept
  // replies"). The first thing that a handler does, before it sends or waits. A request that is delivered
  // twice does not start a second call. In a session without the capability `ack`, and when the request had
  // no tid, the coroutine goes on, too, but nobody gets its replies after the session.
  void keep(Pace pace = Pace::gathered) const;

  // Queues a reply under the request's tid; never waits. Clients that follow the call see every reply, others
  // the last one (docs/calls.md); the call is over when the handler has ended and the last handle is gone.
  // Replies are not dropped while the session lasts, so whoever sends many waits for room() before each. Does
  // nothing when the call is cancelled: the server has forgotten its tid.
  template <Message T>
  void send(const T& reply) const {
    send_text(encode_message(reply, task_id(), next_number()));
  }

  // Answers with an error, type 0. The same happens to a handler that throws.
  void fail(std::string_view text) const;

  // Waits until the queue has room for further replies (half of `send_queue`, 4 MiB, is theirs). A kept call
  // waits while 256 KiB of its own replies, or 64 MiB of all, are not acknowledged.
  // Throws Errc::disconnected once the call is cancelled.
  Task<> room() const;

  // Waits until few replies wait to be sent (128 KiB), for those who send many large ones: what other calls
  // answer passes them then. Throws Errc::disconnected once the call is cancelled.
  Task<> idle() const;

  // The request's tid, "" when it had none.
  const std::string& task_id() const;

  // The caller has given it up, the session it came in has ended, or the agent is stopping: nobody waits for
  // replies any more. A kept call: the server has given it up, or the next session was one without the
  // capability. For handlers that go on after that, and for work on other threads.
  bool cancelled() const;

 private:
  friend class core::Calls;
  friend const core::CallState& core::state_of(const Call& call);
  explicit Call(std::shared_ptr<core::CallState> state) : state_(std::move(state)) {}

  void send_text(std::string text) const;
  std::uint64_t next_number() const;  // 0: replies are not numbered

  std::shared_ptr<core::CallState> state_;
};

}  // namespace agent
