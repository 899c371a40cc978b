// Call: one request that is being answered.
//
// A handle: copies mean the same call. Belongs to the agent's loop, where handlers run; only cancelled()
// and task_id() may be used from other threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/message.hpp"
#include "agent/task.hpp"

namespace agent {

namespace core {
class Calls;
struct CallState;
}  // namespace core

class Call {
 public:
  // Queues a reply under the request's tid; never waits. Replies are not dropped while the session lasts, so
  // whoever sends many waits for room() before each. Does nothing when the call is cancelled: the server
  // has forgotten its tid.
  template <Message T>
  void send(const T& reply) const {
    send_text(encode_message(reply, task_id()));
  }

  // Answers with an error, type 0. The same happens to a handler that throws.
  void fail(std::string_view text) const;

  // Waits until the queue has room for further replies (half of `send_queue`, 4 MiB, is theirs).
  // Throws Errc::disconnected once the call is cancelled.
  Task<> room() const;

  // The request's tid, "" when it had none.
  const std::string& task_id() const;

  // The session it came in has ended, or the agent is stopping: nobody waits for replies any more.
  bool cancelled() const;

 private:
  friend class core::Calls;
  explicit Call(std::shared_ptr<core::CallState> state) : state_(std::move(state)) {}

  void send_text(std::string text) const;

  std::shared_ptr<core::CallState> state_;
};

}  // namespace agent
