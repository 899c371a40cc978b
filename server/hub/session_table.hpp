// SessionTable: a shard's live sessions by id.
//
// Belongs to the shard's loop, which finds sessions without a lock. Other threads may look into it: they and
// the loop's changes take a lock, twice per session, so that a list waits for no loop and no call for a list.
//
// Replacement and removal compare the stored object, so that a connection that ends late never removes the
// one that came after it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace server {

class Session;

class SessionTable {
 public:
  // ---- the shard's loop

  std::shared_ptr<Session> find(std::string_view id) const;
  // nullptr: stored. Otherwise the session that has this id; nothing changed.
  std::shared_ptr<Session> insert(std::shared_ptr<Session> session);
  // Puts `next` in the place of `old`, which has the same id. False if `old` is not stored any more.
  bool replace(const Session& old, std::shared_ptr<Session> next);
  // False if `session` is not stored (any more).
  bool remove(const Session& session);

  // ---- any thread

  std::shared_ptr<Session> find_from_outside(std::string_view id) const;
  // Appends all of them, in no order.
  void list(std::vector<std::shared_ptr<Session>>& all) const;
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  using Sessions = std::unordered_map<std::string_view, std::shared_ptr<Session>>;

  mutable std::mutex mutex_;  // held by the loop to change the table, by others to read it
  Sessions sessions_;         // keyed by the session's own id
  std::atomic<std::size_t> size_{0};
};

}  // namespace server
