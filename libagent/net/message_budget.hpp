// MessageBudget: the memory that the unfinished messages of many connections may hold together.
//
// Thread-safe: one for all loops. When they would hold more, the one that holds most has to go, so that many
// small ones never suffer from a large one. A message that arrives with one read never asks for a share.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace agent::net {

inline constexpr std::size_t kDefaultMessageBudget = 64 * 1024 * 1024;

class MessageBudget {
 public:
  // At least what one message of `max_message` bytes needs.
  explicit MessageBudget(std::size_t limit, std::size_t max_message = 0);
  MessageBudget(const MessageBudget&) = delete;
  MessageBudget& operator=(const MessageBudget&) = delete;

  // Share: what one unfinished message holds. The budget outlives it.
  class Share {
   public:
    // `let_go` is called at most once, by another share's hold() on any thread, with the budget locked: it
    // must only pass the word on. What this one holds does not count from then on.
    Share(MessageBudget& budget, std::function<void()> let_go);
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // It holds so much now. False: more than all others, and too much together; free it.
    [[nodiscard]] bool hold(std::size_t bytes);
    bool must_go() const;

   private:
    friend class MessageBudget;
    MessageBudget& budget_;
    std::function<void()> let_go_;
    std::size_t bytes_ = 0;
    std::size_t position_ = 0;
    bool gone_ = false;  // had to go
  };

  std::size_t held() const;

 private:
  bool set(Share& share, std::size_t bytes);
  void release(Share& share);
  Share& largest() const;

  const std::size_t limit_;
  mutable std::mutex mutex_;  // taken once per read that ends within a message
  std::size_t held_ = 0;
  std::vector<Share*> shares_;  // each knows its position
};

}  // namespace agent::net
