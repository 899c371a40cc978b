// SessionTable: live sessions by id. Thread-safe.
//
// Insertion, replacement and removal are atomic and compare the stored object, so that a connection that
// ends late never removes the one that came after it.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace server {

class Session;

class SessionTable {
 public:
  std::shared_ptr<Session> find(std::string_view id) const;
  std::vector<std::shared_ptr<Session>> list() const;  // sorted by id
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

  // nullptr: stored. Otherwise the session that has this id; nothing changed.
  std::shared_ptr<Session> insert(std::shared_ptr<Session> session);
  // Puts `next` in the place of `old`, which has the same id. False if `old` is not stored any more.
  bool replace(const Session& old, std::shared_ptr<Session> next);
  // False if `session` is not stored (any more).
  bool remove(const Session& session);

 private:
  // Enough that two loops rarely meet on one lock.
  static constexpr std::size_t kSlices = 16;

  struct alignas(64) Slice {
    mutable std::shared_mutex mutex;
    std::unordered_map<std::string_view, std::shared_ptr<Session>> sessions;  // keyed by the session's own id
  };

  Slice& slice(std::string_view id);
  const Slice& slice(std::string_view id) const;

  std::array<Slice, kSlices> slices_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace server
