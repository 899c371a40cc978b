#include "hub/claim.hpp"

#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "hub/admission.hpp"

namespace server {

using agent::Task;
using agent::net::Clock;

namespace {

// A pong shows only as a later time of last_heard(), so it is looked for this often.
constexpr std::chrono::milliseconds kLook{20};

// On the session's own loop.
Task<bool> answers_ping(std::shared_ptr<Session> session, std::chrono::milliseconds limit) {
  asio::steady_timer timer(session->home().loop().io());
  const auto asked = Clock::now();
  session->ping();
  while (session->is_open() && Clock::now() < asked + limit) {
    timer.expires_after(kLook);
    co_await timer.async_wait(asio::use_awaitable);
    if (session->heard_since(asked)) co_return true;
  }
  co_return false;
}

Task<bool> may_take_over(std::shared_ptr<Session> holder, std::shared_ptr<Session> newcomer,
                         std::chrono::milliseconds limit) {
  const std::string& instance = newcomer->come().instance;
  Incumbent incumbent{.instance = holder->come().instance};
  Claim decision = claim_id(incumbent, instance);
  if (decision == Claim::probe) {
    auto probe = answers_ping(holder, limit);
    auto on_its_loop = asio::co_spawn(holder->home().loop().io(), std::move(probe), asio::use_awaitable);
    const bool alive = co_await std::move(on_its_loop);
    incumbent.sign = alive ? Incumbent::Sign::alive : Incumbent::Sign::silent;
    decision = claim_id(incumbent, instance);
  }
  co_return decision == Claim::take_over;
}

}  // namespace

Task<ConnectResult> claim(Hub& hub, std::shared_ptr<Session> session) {
  for (;;) {
    if (hub.is_stopping()) co_return ConnectResult::stopping;
    std::shared_ptr<Session> holder = hub.sessions().insert(session);
    if (!holder) co_return ConnectResult::accepted;

    auto question = may_take_over(holder, session, hub.options().probe);
    const bool free = co_await std::move(question);
    if (!free) co_return ConnectResult::conflict;
    if (hub.is_stopping()) co_return ConnectResult::stopping;
    if (hub.sessions().replace(*holder, session)) {
      holder->close(1000, "the agent connected again");
      co_return ConnectResult::taken_over;
    }  // else the holder ended by itself, or another newcomer was faster
  }
}

}  // namespace server
