// Outbox: what waits to be sent, in the order it came, bounded in bytes. No I/O.
//
// Replies answer a call of the current session and are never dropped while it lasts: has_room() asks their
// producers to wait. Reports were asked for by nobody: beyond the bound the oldest give way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace agent::core {

class Outbox {
 public:
  explicit Outbox(std::size_t limit) : limit_(limit) {}

  void set_limit(std::size_t limit) { limit_ = limit; }

  // A reply that is `kept` elsewhere may be dropped with its session without being lost.
  void push_reply(std::string text, bool kept = false);
  // The number of reports that were dropped for it, or that it was dropped itself (1).
  std::size_t push_report(std::string text);

  // The oldest message.
  std::optional<std::string> pop();

  // Drops all replies and returns how many are lost with it: their session has ended.
  std::size_t drop_replies();

  // Replies take less than half of the bound, so that bulk replies and reports leave each other room.
  bool has_room() const { return replies_.bytes < limit_ / 2; }

  std::size_t reply_bytes() const { return replies_.bytes; }
  std::size_t size() const { return replies_.texts.size() + reports_.texts.size(); }
  std::size_t bytes() const { return replies_.bytes + reports_.bytes; }
  bool empty() const { return size() == 0; }

 private:
  struct Item {
    std::uint64_t number;
    std::string text;
    bool kept;
  };
  struct Lane {
    std::deque<Item> texts;
    std::size_t bytes = 0;

    std::string take();
  };
  void push(Lane& lane, std::string text, bool kept = false);

  std::size_t limit_;
  std::uint64_t next_number_ = 0;
  Lane replies_;
  Lane reports_;
};

}  // namespace agent::core
