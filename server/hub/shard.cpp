#include "hub/shard.hpp"

#include <memory>

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

Mailbox::~Mailbox() {
  for (Item* item = newest_.load(); item != nullptr;) {
    std::unique_ptr<Item> owned(item);
    item = item->next;
  }
}

void Mailbox::push(Item* item) {
  Item* before = newest_.load(std::memory_order_relaxed);
  do {
    item->next = before;
  } while (
      !newest_.compare_exchange_weak(before, item, std::memory_order_release, std::memory_order_relaxed));
  if (before == nullptr) loop_.post([this] { drain(); });
}

void Mailbox::drain() {
  for (Item* item = reversed(newest_.exchange(nullptr, std::memory_order_acquire)); item != nullptr;) {
    std::unique_ptr<Item> owned(item);
    item = item->next;
    owned->run();
  }
}

Mailbox::Item* Mailbox::reversed(Item* newest) {
  Item* oldest = nullptr;
  while (newest != nullptr) {
    Item* next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

Shard::Shard(Hub& hub, agent::net::Loop& loop, std::size_t number)
    : hub_(hub), number_(number), mailbox_(loop), reports_(hub.followers()) {}

void Shard::add(Session& session) {
  session.position_ = static_cast<std::uint32_t>(sessions_.size());
  sessions_.push_back(&session);
  if (sessions_.size() > 1) return;
  deadline = agent::net::Clock::now() + kTick;
  loop().watch(*this);
}

void Shard::remove(Session& session) {
  Session& last = *sessions_.back();
  last.position_ = session.position_;
  sessions_[session.position_] = &last;
  sessions_.pop_back();
  if (sessions_.empty()) loop().remove(*this);
}

void Shard::send_away() {
  const agent::wire::Handshake farewell = hub_.farewell();
  for (Session* session : sessions_) {
    if (!farewell.redirect.empty()) session->send(farewell);
    session->close(kGoingAway, farewell.msg);
  }
}

void Shard::end_revoked() {
  for (Session* session : sessions_) {
    if (!session->grant().is_revoked()) continue;
    agent::log::warn("agent {}: its token {} was revoked", session->id(), session->grant().name());
    session->close(kPolicyViolation, "the token was revoked");
  }
}

void Shard::expire() {
  const auto now = agent::net::Clock::now();
  deadline = now + kTick;
  for (Session* session : sessions_) session->keep_alive(now, hub_.options().keep_alive);
}

}  // namespace server
