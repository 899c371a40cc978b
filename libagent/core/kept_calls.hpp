// KeptCalls: calls that outlive their session, and their replies that the server has not acknowledged yet
// (capability `ack`, docs/wire.md). No I/O.
//
// Replies are numbered, taken in order to be sent, and dropped when they are acknowledged. What a lost
// session leaves is taken again in the next one, each call's once the server has said what it has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/call.hpp"
#include "agent/wire/kept.hpp"

namespace agent::core {

// Kept bytes at which a call's handler waits: what is under way while an acknowledgement travels, on a
// network of 100 ms and 20 Mbit/s.
inline constexpr std::size_t kKeptPerCall = 256 * 1024;
// Kept bytes at which all of them wait: 256 calls that are ahead of a server which is away.
inline constexpr std::size_t kKeptInAll = 64 * 1024 * 1024;

class KeptCalls {
 public:
  KeptCalls() = default;
  KeptCalls(const KeptCalls&) = delete;
  KeptCalls& operator=(const KeptCalls&) = delete;

  // ---- calls

  // A call is kept from now on; `type` is that of its request. False when its tid is known already.
  bool add(std::string_view tid, int type, Pace pace = Pace::gathered);
  // A request with this tid and type began a call that is kept: to start it again would do its work twice.
  bool is_repeated(std::string_view tid, int type) const;
  // No further reply comes: the call goes when its last one is acknowledged.
  void finish(std::string_view tid);
  void clear();

  // ---- replies

  // The number of the call's next reply, 0 when it is not kept.
  std::uint64_t next(std::string_view tid) const;
  void push(std::string_view tid, std::string text);
  // False: whoever pushes waits.
  bool has_room(std::string_view tid) const;

  struct Reply {
    std::string text;
    std::uint64_t number;
    bool again;  // it was taken in an earlier session, too
    Pace pace;   // its call's
  };
  // The next reply to be sent in this session: those of one call in order, the calls in turn.
  std::optional<Reply> take();
  // take() has one.
  bool has_due() const { return !due_.empty(); }

  // ---- the server

  // A session begins. The calls of the list are not sent for until ack().
  wire::Held begin();
  // It has ended: nothing is taken until the next one.
  void end();

  enum class Acked { well, over, fault };
  // All replies up to `seq` have arrived, or nobody wants the call any more (over); those up to `have` are
  // kept and not taken again in this session. A number that no reply has had is a fault. After over and
  // fault the call is forgotten. An unknown tid is well: a call goes with its last acknowledgement.
  Acked ack(std::string_view tid, const wire::Ack& ack);

  // The number of the last reply of this call that was taken in this session, 0 if none was.
  std::uint64_t last_taken(std::string_view tid) const;

  // Whether a call that is over has replies which have not been acknowledged.
  bool has_unsettled() const;

  std::size_t size() const { return calls_.size(); }
  std::size_t bytes() const { return bytes_; }
  bool is_full() const { return bytes_ >= kKeptInAll; }

 private:
  struct Kept {
    int type = 0;
    Pace pace = Pace::gathered;
    std::deque<std::string> replies;
    std::uint64_t first = 1;       // number of the oldest reply, or of the next one when there is none
    std::size_t taken = 0;         // of replies, in this session
    std::uint64_t ever_taken = 0;  // the highest number, in any session
    std::size_t bytes = 0;
    bool open = true;  // its replies may be taken
    bool finished = false;

    std::uint64_t next() const { return first + replies.size(); }
    bool is_due() const { return open && taken < replies.size(); }
  };
  // The key lives as long as its node.
  using Calls = std::unordered_map<std::string, Kept>;

  Calls::iterator find(std::string_view tid) { return calls_.find(std::string(tid)); }
  Calls::const_iterator find(std::string_view tid) const { return calls_.find(std::string(tid)); }
  void drop_replies(Kept& kept, std::uint64_t up_to);
  void erase(Calls::iterator call);

  Calls calls_;
  std::deque<Kept*> due_;  // each call that is due, once
  std::size_t bytes_ = 0;
};

}  // namespace agent::core
