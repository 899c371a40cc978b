// Outbox: what waits to be sent, in four lanes. No I/O.
//
//   reports  Nobody asked for them, and they outlive the session. Beyond the bound the oldest give way.
//   replies  They answer calls of the session and end with it. Never dropped while it lasts: has_room() asks
//            their producers to wait.
//   kept     Replies of calls that outlive the session (KeptCalls). Each stays until the server has
//            acknowledged it, and is sent in every session until then.
//   spooled  Reports that are on the disk, too (ReportSpool), which bounds them. They end with the session.
//
// Reports, spooled or not, and replies leave in the order they came. A kept reply leaves between any two of
// them, and stands back while many replies wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/kept_calls.hpp"

namespace agent::core {

// Waiting bytes up to which replies are few.
inline constexpr std::size_t kFewReplies = 128 * 1024;

class Outbox {
 public:
  enum class Lane { report, reply, kept, spooled };
  struct Item {
    std::string text;
    Lane lane = Lane::reply;
    bool again = false;        // a kept reply that was sent in an earlier session, too
    std::uint64_t number = 0;  // of a spooled report
    Pace pace = Pace::prompt;
  };

  // `limit`: bytes of reports and replies.
  explicit Outbox(std::size_t limit) : limit_(limit) {}

  void set_limit(std::size_t limit) { limit_ = limit; }

  void push_reply(std::string text);
  // The number of reports that were dropped for it, or that it was dropped itself (1).
  std::size_t push_report(std::string text);
  void push_spooled(std::uint64_t number, std::string text);
  // The third lane. What is pushed there leaves through pop(), too.
  KeptCalls& kept() { return kept_; }

  // What is sent next. nullopt: nothing waits.
  std::optional<Item> pop();
  // pop() has nothing.
  bool empty() const { return size() == 0 && !kept_.has_due(); }

  // Drops all replies and returns how many: their session has ended.
  std::size_t drop_replies();
  void drop_spooled() { spooled_ = {}; }

  // Replies take less than half of the bound, so that bulk replies and reports leave each other room.
  bool has_room() const { return replies_.bytes < limit_ / 2; }
  bool has_few_replies() const { return replies_.bytes < kFewReplies; }

  // Texts that wait but for kept ones, and bytes of reports and replies.
  std::size_t size() const { return replies_.texts.size() + reports_.texts.size() + spooled_.texts.size(); }
  std::size_t bytes() const { return replies_.bytes + reports_.bytes; }

 private:
  struct Text {
    std::uint64_t number;
    std::string text;
    std::uint64_t spooled = 0;  // its number in the spool
  };
  struct Queue {
    std::deque<Text> texts;
    std::size_t bytes = 0;

    // Its oldest text came before that of the other one.
    bool is_before(const Queue& other) const;
    Text take();
  };
  void push(Queue& queue, std::string text, std::uint64_t spooled = 0);
  Item pop_oldest();

  std::size_t limit_;
  std::uint64_t next_number_ = 0;
  Queue replies_;
  Queue reports_;
  Queue spooled_;
  KeptCalls kept_;
  bool was_kept_ = false;  // what left last
};

}  // namespace agent::core
