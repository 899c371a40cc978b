#include "hub/loop_sessions.hpp"

#include "agent/log.hpp"
#include "hub/agent_session.hpp"
#include "hub/hub.hpp"

namespace server {
namespace {

// How often the silence of agents is looked at; their pings are 10 s apart.
constexpr std::chrono::seconds kTick{1};

// RFC 6455, 7.4.1
constexpr std::uint16_t kGoingAway = 1001;
constexpr std::uint16_t kPolicyViolation = 1008;

}  // namespace

LoopSessions::LoopSessions(Hub& hub, agent::net::Loop& loop) : hub_(hub), mailbox_(loop) {}

void LoopSessions::add(Session& session) {
  session.position_ = static_cast<std::uint32_t>(sessions_.size());
  sessions_.push_back(&session);
  if (sessions_.size() > 1) return;
  deadline = agent::net::Clock::now() + kTick;
  loop().watch(*this);
}

void LoopSessions::remove(Session& session) {
  Session& last = *sessions_.back();
  last.position_ = session.position_;
  sessions_[session.position_] = &last;
  sessions_.pop_back();
  if (sessions_.empty()) loop().remove(*this);
}

void LoopSessions::send_away() {
  const agent::wire::Handshake farewell = hub_.farewell();
  for (Session* session : sessions_) {
    if (!farewell.redirect.empty()) session->send(farewell);
    session->close(kGoingAway, farewell.msg);
  }
}

void LoopSessions::end_revoked() {
  for (Session* session : sessions_) {
    if (!session->grant().is_revoked()) continue;
    agent::log::warn("agent {}: its token {} was revoked", session->id(), session->grant().name());
    session->close(kPolicyViolation, "the token was revoked");
  }
}

void LoopSessions::expire() {
  const auto now = agent::net::Clock::now();
  deadline = now + kTick;
  for (Session* session : sessions_) session->keep_alive(now, hub_.options().keep_alive);
}

}  // namespace server
