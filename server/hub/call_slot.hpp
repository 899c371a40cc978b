// CallSlot: where the replies of one call arrive, between the session's loop and the caller's.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/message.hpp"
#include "hub/receiver.hpp"

namespace server {

class Call;

// Replies that have arrived and were not taken yet. One reply always has room, whatever its size.
struct CallLimits {
  std::uint32_t messages = 64;
  std::size_t bytes = 1024 * 1024;
  // When they are full, the session stops reading until the caller has taken some; false: the call ends
  // (overflow).
  bool pauses = false;
  // Several replies may come: the call is over when its caller says so (Call::done), not with the first one.
  bool many = false;
};

struct CallSlot final : Receiver, std::enable_shared_from_this<CallSlot> {
  CallSlot(LoopSessions& caller_home, std::string tid, const CallLimits& call_limits)
      : caller(caller_home), limits(call_limits), tid_(std::move(tid)) {}

  LoopSessions& caller;
  const CallLimits limits;

  const std::string& tid() const override { return tid_; }

  // ---- the session's loop

  bool has_room(std::size_t bytes) const override;
  bool pauses() const override { return limits.pauses; }
  void put(agent::Envelope envelope, std::size_t bytes) override;
  // What has arrived is still delivered. The first end stays.
  void end(CallEnd end) override;
  bool was_sent = false;  // the agent has the request, or it is on its way

  // ---- the caller's loop

  struct Reply {
    agent::Envelope envelope;
    std::size_t bytes;
  };

  // The oldest reply that was not taken yet.
  std::optional<agent::Envelope> take();
  // The session may have stopped for want of room, and there is some now. Once for each time.
  bool frees_session() { return was_full_ && was_full_.exchange(false); }

  Call* call = nullptr;  // nullptr once the Call is destroyed
  // Set with that; read by the session's loop, too: what was not sent by then needs not be.
  std::atomic<bool> abandoned{false};
  std::optional<CallEnd> ended;

 private:
  bool fits(std::size_t bytes) const;

  const std::string tid_;

  // Both loops: on the way to the caller, or waiting there.
  std::atomic<std::uint32_t> waiting_messages_{0};
  std::atomic<std::size_t> waiting_bytes_{0};
  mutable std::atomic<bool> was_full_{false};

  // The caller's loop.
  std::vector<Reply> replies_;
  std::size_t taken_ = 0;  // of replies_
};

}  // namespace server
