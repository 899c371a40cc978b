#include "hub/claim.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "agent/wire/values.hpp"
#include "base/event.hpp"
#include "hub/bindings.hpp"

namespace server {

using agent::Task;
using agent::net::Clock;
using agent::wire::Time;

namespace {

// A pong shows only as a later time of last_heard(), so it is looked for this often.
constexpr std::chrono::milliseconds kLook{20};

Task<bool> answers_ping(std::shared_ptr<Session> session, std::chrono::milliseconds limit) {
  const auto asked = Clock::now();
  session->ping();
  while (session->is_open() && Clock::now() < asked + limit) {
    co_await agent::pause(kLook);
    if (session->heard_since(asked)) co_return true;
  }
  co_return false;
}

Task<bool> may_take_over(std::shared_ptr<Session> holder, std::shared_ptr<Session> newcomer,
                         std::chrono::milliseconds limit) {
  const std::string& instance = newcomer->come().instance;
  Incumbent incumbent{.instance = holder->come().instance,
                      .has_other_token = holder->grant().name() != newcomer->grant().name()};
  Claim decision = claim_id(incumbent, instance);
  if (decision == Claim::probe) {
    auto probe = answers_ping(holder, limit);
    const bool alive = co_await std::move(probe);
    incumbent.sign = alive ? Incumbent::Sign::alive : Incumbent::Sign::silent;
    decision = claim_id(incumbent, instance);
  }
  co_return decision == Claim::take_over;
}

ConnectResult result_of(Bindings::Result result) {
  switch (result) {
    case Bindings::Result::ours: return ConnectResult::accepted;
    case Bindings::Result::others: return ConnectResult::conflict;
    case Bindings::Result::no_room: return ConnectResult::no_room;
    case Bindings::Result::not_stored: return ConnectResult::not_stored;
  }
  return ConnectResult::conflict;
}

// The same with the binding of its id held. `bindings`: nullptr when no token is asked for.
class Claimant {
 public:
  Claimant(Hub& hub, std::shared_ptr<Session> session)
      : hub_(hub),
        session_(std::move(session)),
        sessions_(session_->home().sessions()),
        bindings_(session_->grant().name().empty() ? nullptr : hub.bindings()) {}

  Task<ConnectResult> run() {
    ConnectResult result = co_await register_it();
    if (!has_reserved_) co_return result;
    const std::string& token = session_->grant().name();
    if (result == ConnectResult::accepted || result == ConnectResult::taken_over) {
      bindings_->confirm(session_->id(), token, session_->address());
    } else {
      bindings_->give_up(session_->id(), token);
    }
    co_return result;
  }

 private:
  // What speaks against it whoever has the id now.
  std::optional<ConnectResult> obstacle() const {
    if (hub_.is_stopping()) return ConnectResult::stopping;
    if (session_->grant().is_revoked()) return ConnectResult::revoked;
    return std::nullopt;
  }

  bool belongs_to_other() const {
    if (bindings_ == nullptr) return false;
    const std::optional<Binding> binding = bindings_->find(session_->id());
    return binding && binding->token != session_->grant().name();
  }

  // accepted: go on.
  Task<ConnectResult> reserve() {
    if (bindings_ == nullptr || has_reserved_) co_return ConnectResult::accepted;
    auto step = bindings_->reserve(session_->home().loop(), session_->id(), session_->grant().name(),
                                   session_->address());
    const Bindings::Result reserved = co_await std::move(step);
    has_reserved_ = reserved == Bindings::Result::ours;
    co_return result_of(reserved);
  }

  Task<ConnectResult> register_it() {
    for (;;) {
      if (const auto why = obstacle()) co_return *why;
      // Before anything is asked of whoever has the id: a stranger gets no pings sent to it.
      if (belongs_to_other()) co_return ConnectResult::conflict;
      const std::shared_ptr<Session> holder = sessions_.find(session_->id());
      if (holder) {
        auto question = may_take_over(holder, session_, hub_.options().probe);
        const bool is_free = co_await std::move(question);
        if (!is_free) co_return ConnectResult::conflict;
      }
      const ConnectResult reserved = co_await reserve();
      if (reserved != ConnectResult::accepted) co_return reserved;

      // Nothing waits from here on.
      if (const auto why = obstacle()) co_return *why;
      if (!holder && !sessions_.insert(session_)) co_return ConnectResult::accepted;
      if (holder && sessions_.replace(*holder, session_)) {
        holder->close(1000, "the agent connected again");
        co_return ConnectResult::taken_over;
      }  // else the holder ended by itself, or another newcomer was faster
    }
  }

  Hub& hub_;
  const std::shared_ptr<Session> session_;
  SessionTable& sessions_;
  Bindings* const bindings_;
  bool has_reserved_ = false;
};

std::string since_and_from(const Session& session) {
  Time since = Time::from(session.connected_at());
  since.nanoseconds = 0;
  return fmt::format("connected since {} from {}", to_string(since), session.address());
}

// The binding of the id, when it is not the newcomer's.
struct Foreign {
  bool is_there = false;
  Binding binding{};
};

Foreign foreign_binding(const Hub& hub, const Session& newcomer) {
  if (hub.bindings() == nullptr || newcomer.grant().name().empty()) return {};
  const std::optional<Binding> binding = hub.bindings()->find(newcomer.id());
  if (!binding || binding->token == newcomer.grant().name()) return {};
  return {.is_there = true, .binding = *binding};
}

}  // namespace

Claim claim_id(const Incumbent& incumbent, std::string_view newcomer_instance) {
  const bool is_same_process = !incumbent.instance.empty() && incumbent.instance == newcomer_instance;
  if (is_same_process && !incumbent.has_other_token) return Claim::take_over;
  switch (incumbent.sign) {
    case Incumbent::Sign::unknown: return Claim::probe;
    case Incumbent::Sign::alive: return Claim::refuse;
    case Incumbent::Sign::silent: return Claim::take_over;
  }
  return Claim::refuse;
}

Task<ConnectResult> claim(Hub& hub, std::shared_ptr<Session> session) {
  Claimant claimant(hub, std::move(session));
  ConnectResult result = co_await claimant.run();
  co_return result;
}

std::string describe_conflict(const Hub& hub, const Session& newcomer) {
  const auto holder = hub.find(newcomer.id());
  const Foreign foreign = foreign_binding(hub, newcomer);
  std::string text = "agent id conflict: ";
  if (foreign.is_there) text += fmt::format("the id belongs to token {}, ", foreign.binding.token);
  if (holder) return text + since_and_from(*holder);
  if (foreign.is_there) return text + "last connected from " + foreign.binding.address;
  return text + "whoever had the id has just left";
}

std::string conflict_text(const Hub& hub, const Session& newcomer) {
  std::string text = "agent id conflict";
  if (newcomer.come().caps.empty()) return text;
  if (foreign_binding(hub, newcomer).is_there) return text + ": the id belongs to another token";
  if (const auto holder = hub.find(newcomer.id())) text += ": " + since_and_from(*holder);
  return text;
}

}  // namespace server
