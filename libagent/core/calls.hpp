// Calls: runs the handlers of requests and knows the calls in flight. Loop thread.
#pragma once

#include <asio/cancellation_signal.hpp>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/agent.hpp"
#include "base/event.hpp"
#include "core/counters.hpp"
#include "core/kept_calls.hpp"
#include "core/sender.hpp"

namespace agent::core {

using detail::Route;

struct CallState;
// By tid, which a server should not give to two of them, and which messages that want no answer do not have.
using CallStates = std::multimap<std::string_view, CallState*>;

// What the handles of one call share. Outlives Calls if a handle does; `calls` is null then.
struct CallState : std::enable_shared_from_this<CallState> {
  CallState(Calls& the_calls, const Envelope& request);
  ~CallState();

  Calls* calls;
  const int type;
  const std::string tid;
  bool goes_on = false;       // keep(): its coroutine outlives the session
  bool kept = false;          // its replies are those of KeptCalls
  std::optional<Event> room;  // of a kept call
  bool tells_end = false;     // the server wants to know which reply is the last
  std::string held;           // the latest reply then, for a turn or two of the loop
  bool releasing = false;     // it will be sent behind them
  std::atomic<bool> cancelled{false};
  asio::cancellation_signal stop;
  CallStates::iterator place;
};

class Calls {
 public:
  Calls(net::Loop& loop, Sender& sender, const Counters& counters);
  ~Calls();
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  // Gives the request to its handler, which it outlives. What it throws is the answer. A request that began a
  // kept call is dropped.
  void start(const Route& route, const Envelope& request);

  // A session begins. With the capability `ack`, the calls that live on: the server is to be told first of
  // all. Without, they are cancelled().
  wire::Held begin(bool has_ack);
  // The server has acknowledged replies of a kept call.
  void acknowledge(const Envelope& message);
  // The server has everything that was sent of some kept calls.
  void settle(const Envelope& message);
  // The server has given up the call: it is cancelled(), and so is its coroutine unless keep() was asked for;
  // replies that are kept go. Without such a call, as when it is over already, nothing happens.
  void cancel(std::string_view tid);
  // The session has ended: all calls but kept ones are cancelled(), and so are their coroutines, but for
  // those that keep() was asked for.
  void end();
  // The session's server has everything that calls which are over have answered; nobody can tell it without a
  // session that keeps.
  bool is_settled() const { return !has_ack_ || !kept_.has_unsettled(); }
  // Called whenever is_settled() may have become true.
  std::function<void()> on_settled;
  // The agent is stopping: all are cancelled(), and what handlers wait for ends too.
  void stop();

  // ---- for Call

  void keep(CallState& state, Pace pace);
  std::uint64_t next_number(const CallState& state) const;
  // Answers; dropped and counted when the call is cancelled.
  void reply(CallState& state, std::string text);
  // Answers with an error, type 0.
  void fail(CallState& state, const std::string& text);
  bool has_room(const CallState& state) const;
  bool is_idle() const { return sender_.is_idle(); }
  // Ends whenever is_idle() may have changed, and at the session's end.
  Task<bool> wait_for_idle() { return sender_.wait(); }
  // The streams of the session, nullptr without one.
  std::shared_ptr<net::BulkStreams> streams() const { return sender_.streams(); }
  // Ends whenever has_room() may have changed.
  Task<bool> wait_for_room(CallState& state);

  // Called whenever the last running handler has finished.
  std::function<void()> on_idle;

  // Handlers that have not finished.
  std::size_t running() const { return running_; }

 private:
  friend struct CallState;
  void run(std::shared_ptr<CallState> state, Task<> task);
  void take_ack(std::string_view tid, const wire::Ack& ack);
  void finished(CallState& state, std::exception_ptr error);
  using Places = std::pair<CallStates::iterator, CallStates::iterator>;
  template <class Condition>
  void cancel_coroutines(Places places, Condition condition);
  void forget(CallState& state);
  void pass_on(const CallState& state, std::string text);
  void hold(CallState& state, std::string text);
  void release(CallState& state);
  void tell_end(CallState& state);
  CallState* find_kept(std::string_view tid) const;
  void cancel_kept(CallState& state);
  void cancel_all_kept();
  void wake_kept();
  void send_kept();

  net::Loop& loop_;
  Sender& sender_;
  const Counters& counters_;
  KeptCalls& kept_;                                               // in the outbox
  std::unordered_map<std::string_view, CallState*> kept_states_;  // keyed by their own tid
  bool has_ack_ = false;                                          // the session that lasts has the capability
  std::size_t running_ = 0;
  CallStates states_;
};

// The inside of a handle, for libagent's own sources.
const CallState& state_of(const Call& call);

// The text of whatever was thrown.
std::string describe(std::exception_ptr error);

}  // namespace agent::core
