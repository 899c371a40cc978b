// MessageTime: how long a message may take from its first byte to its last. No I/O.
//
// `base`, and a second for each 16 KiB that has come over the wire. Only the time counts in which we wait for
// the peer: one that is not read, because its receiver has no room, is not late.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "net/loop.hpp"

namespace agent::net {

class MessageTime {
 public:
  // Bytes that earn a second. Slower links than this carry no large messages, and are not our links.
  static constexpr std::size_t kBytesPerSecond = 16 * 1024;

  explicit MessageTime(std::chrono::milliseconds base) : base_(base) {}

  // We begin to wait, with `received` bytes of the message here. Returns when it is late if nothing arrives.
  Clock::time_point wait(Clock::time_point now, std::size_t received) {
    waiting_since_ = now;
    const std::chrono::milliseconds earned(std::uint64_t{received} * 1000 / kBytesPerSecond);
    return now + base_ + earned - waited_;
  }
  // The wait is over.
  void stop(Clock::time_point now) { waited_ += now - waiting_since_; }

 private:
  std::chrono::milliseconds base_;
  Clock::time_point waiting_since_{};
  Clock::duration waited_{};
};

}  // namespace agent::net
