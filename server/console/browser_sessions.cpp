#include "console/browser_sessions.hpp"

#include <algorithm>
#include <utility>

#include "agent/error.hpp"
#include "base/digest.hpp"

namespace server {
namespace {

constexpr std::size_t kIdBytes = 32;

}  // namespace

std::string BrowserSessions::sign_in(Grant grant, Time now) {
  std::string id = agent::random_hex(kIdBytes);
  const std::lock_guard lock(mutex_);
  end_outdated_locked(now);
  make_room(grant.name());
  Session session{.grant = std::move(grant), .begun = now};
  sessions_.emplace(agent::Sha256::of(id), std::move(session));
  return id;
}

std::optional<Grant> BrowserSessions::find(std::string_view id, Time now) const {
  const Key key = agent::Sha256::of(id);
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end() || found->second.is_outdated(now)) return std::nullopt;
  return Grant(found->second.grant.name(), found->second.ended);
}

void BrowserSessions::sign_out(std::string_view id) {
  const Key key = agent::Sha256::of(id);
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key);
  if (found != sessions_.end()) end(found);
}

bool BrowserSessions::end_outdated(Time now) {
  const std::lock_guard lock(mutex_);
  return end_outdated_locked(now);
}

std::size_t BrowserSessions::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

void BrowserSessions::end(Sessions::iterator session) {
  session->second.ended->store(true, std::memory_order_release);
  sessions_.erase(session);
}

bool BrowserSessions::end_outdated_locked(Time now) {
  const std::size_t before = sessions_.size();
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    const auto session = at++;
    if (session->second.is_outdated(now)) end(session);
  }
  return sessions_.size() != before;
}

// One person who signs in again and again ends sessions of that token alone.
void BrowserSessions::make_room(const std::string& name) {
  auto oldest = sessions_.end();
  std::size_t count = 0;
  for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
    if (at->second.grant.name() != name) continue;
    ++count;
    if (oldest == sessions_.end() || at->second.begun < oldest->second.begun) oldest = at;
  }
  if (count >= kSessionsPerName) return end(oldest);
  if (sessions_.size() >= kSessionsMax) {
    throw agent::Error(agent::Errc::too_many, "too many browsers are signed in");
  }
}

}  // namespace server
