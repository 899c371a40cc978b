#include "hub/session_table.hpp"

#include <algorithm>
#include <functional>
#include <mutex>

#include "hub/agent_session.hpp"

namespace server {

std::shared_ptr<Session> SessionTable::find(std::string_view id) const {
  const Slice& place = slice(id);
  std::shared_lock lock(place.mutex);
  auto found = place.sessions.find(id);
  return found == place.sessions.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Session>> SessionTable::list() const {
  std::vector<std::shared_ptr<Session>> all;
  all.reserve(size());
  for (const Slice& place : slices_) {
    std::shared_lock lock(place.mutex);
    for (const auto& [id, session] : place.sessions) all.push_back(session);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->id() < b->id(); });
  return all;
}

std::shared_ptr<Session> SessionTable::insert(std::shared_ptr<Session> session) {
  Slice& place = slice(session->id());
  std::unique_lock lock(place.mutex);
  auto [position, inserted] = place.sessions.try_emplace(session->id(), session);
  if (!inserted) return position->second;
  size_.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

bool SessionTable::replace(const Session& old, std::shared_ptr<Session> next) {
  Slice& place = slice(old.id());
  std::unique_lock lock(place.mutex);
  auto found = place.sessions.find(old.id());
  if (found == place.sessions.end() || found->second.get() != &old) return false;
  auto node = place.sessions.extract(found);  // its key lives in the old session
  node.key() = next->id();
  std::swap(node.mapped(), next);
  place.sessions.insert(std::move(node));
  lock.unlock();  // before `next`, the old session now, is let go
  return true;
}

bool SessionTable::remove(const Session& session) {
  Slice& place = slice(session.id());
  std::unique_lock lock(place.mutex);
  auto found = place.sessions.find(session.id());
  if (found == place.sessions.end() || found->second.get() != &session) return false;
  auto node = place.sessions.extract(found);
  size_.fetch_sub(1, std::memory_order_relaxed);
  lock.unlock();
  return true;
}

SessionTable::Slice& SessionTable::slice(std::string_view id) {
  return slices_[std::hash<std::string_view>{}(id) % kSlices];
}

const SessionTable::Slice& SessionTable::slice(std::string_view id) const {
  return slices_[std::hash<std::string_view>{}(id) % kSlices];
}

}  // namespace server
