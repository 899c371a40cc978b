// How agent/agent.hpp turns handlers, hooks and timed functions of any accepted form into one form each.
// Not for use by programs: nothing in agent/detail/ stays as it is from one version to the next.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "agent/call.hpp"
#include "agent/message.hpp"
#include "agent/task.hpp"

namespace agent::detail {

// A handler in the one form that the agent knows: it is done when it returns an empty Task; any other Task
// remains to be run, on the loop. What either throws is the handler's failure.
using Route = std::function<Task<>(const Envelope& request, const Call& call)>;

// Keeps the handler's result apart from the co_await (docs/decisions/only-names-in-co-await.md). `handler`
// must outlive the coroutine.
template <class Handler, class Request>
Task<> run_handler(Handler* handler, Request request, Call call) {
  Task<> running = (*handler)(std::move(request), call);
  co_await std::move(running);
}

// Wraps what Agent::on() takes; a handler of another form does not compile and says which ones do. The
// payload is decoded first: what is no Request throws Errc::bad_message.
template <Message Request, class Handler>
Route make_route(Handler handler) {
  if constexpr (std::is_invocable_v<Handler&, Request, Call>) {
    static_assert(std::is_same_v<std::invoke_result_t<Handler&, Request, Call>, Task<>>,
                  "a handler that takes a Call is a coroutine: Task<>(Request, Call)");
    // The handler lives in the route, and the route as long as the agent runs.
    return [handler = std::move(handler)](const Envelope& request, const Call& call) mutable {
      return run_handler(&handler, request.payload<Request>(), call);
    };
  } else {
    static_assert(std::is_invocable_v<Handler&, const Request&>,
                  "a handler is Reply(const Request&), void(const Request&) or Task<>(Request, Call)");
    return [handler = std::move(handler)](const Envelope& request, const Call& call) mutable {
      using Reply = std::invoke_result_t<Handler&, const Request&>;
      if constexpr (std::is_void_v<Reply>) {
        handler(request.payload<Request>());
      } else {
        static_assert(Message<Reply>, "what a handler returns must be a message: `message` and `fields`");
        call.send(handler(request.payload<Request>()));
      }
      return Task<>();
    };
  }
}

// What hooks and Agent::every() are: a function that may leave a Task to be run, as a Route may.
using Action = std::function<Task<>()>;

// Wraps a void() or Task<>(). A Task function is kept as it is: a lambda with captures lives in the Action,
// which must outlive its Tasks.
template <class Function>
Action make_action(Function function) {
  if constexpr (std::is_same_v<std::invoke_result_t<Function&>, Task<>>) {
    return function;
  } else {
    return [function = std::move(function)]() mutable {
      function();
      return Task<>();
    };
  }
}

}  // namespace agent::detail
