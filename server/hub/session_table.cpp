#include "hub/session_table.hpp"

#include "hub/agent_session.hpp"

namespace server {

std::shared_ptr<Session> SessionTable::find(std::string_view id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

std::shared_ptr<Session> SessionTable::find_from_outside(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  return find(id);
}

void SessionTable::list(std::vector<std::shared_ptr<Session>>& all) const {
  const std::lock_guard lock(mutex_);
  all.reserve(all.size() + sessions_.size());
  for (const auto& [id, session] : sessions_) all.push_back(session);
}

std::shared_ptr<Session> SessionTable::insert(std::shared_ptr<Session> session) {
  const std::lock_guard lock(mutex_);
  const auto [position, inserted] = sessions_.try_emplace(session->id(), session);
  if (!inserted) return position->second;
  size_.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

bool SessionTable::replace(const Session& old, std::shared_ptr<Session> next) {
  std::unique_lock lock(mutex_);
  auto found = sessions_.find(old.id());
  if (found == sessions_.end() || found->second.get() != &old) return false;
  auto node = sessions_.extract(found);  // its key lives in the old session
  node.key() = next->id();
  std::swap(node.mapped(), next);
  sessions_.insert(std::move(node));
  lock.unlock();  // before `next`, the old session now, is let go
  return true;
}

bool SessionTable::remove(const Session& session) {
  std::unique_lock lock(mutex_);
  auto found = sessions_.find(session.id());
  if (found == sessions_.end() || found->second.get() != &session) return false;
  auto node = sessions_.extract(found);
  size_.fetch_sub(1, std::memory_order_relaxed);
  lock.unlock();
  return true;
}

}  // namespace server
