// Capability `ack`: replies that are kept until the peer has them (docs/wire.md, "Kept replies"). Ours;
// originals never see these messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/message.hpp"

namespace agent::wire {

inline constexpr std::string_view kAckCapability = "ack";

// Server to agent, under the tid of a call: what the agent need not keep any longer.
struct Ack {
  static constexpr MessageKind message{10100, "ack"};
  std::uint64_t seq = 0;
  bool over = false;
  std::uint64_t have = 0;

  static void fields(auto& field) {
    field("seq", &Ack::seq, "every reply up to this number has arrived for good");
    field("over", &Ack::over, "nobody wants the others: forget the call", omit_empty);
    field("have", &Ack::have,
          "replies up to this number have arrived, though not for good: keep, but do not send", omit_empty);
  }
};

// Server to agent, without tid, only with the capability brief: everything that was sent of these calls has
// arrived for good. Many acknowledgements in one.
struct Settled {
  static constexpr MessageKind message{10107, "settled"};
  std::vector<std::string> calls;

  static void fields(auto& field) { field("calls", &Settled::calls, "their tids"); }
};

struct HeldCall {
  std::string tid;
  std::uint64_t first = 0;
  std::uint64_t next = 0;

  static void fields(auto& field) {
    field("tid", &HeldCall::tid, "the call");
    field("first", &HeldCall::first, "number of the oldest reply that is kept");
    field("next", &HeldCall::next, "number that the next reply will have");
  }
};

// Agent to server, without tid, the first message of every session that has the capability: the calls that
// it still works on or whose replies were not acknowledged. Sent, too, when there are none.
struct Held {
  static constexpr MessageKind message{10101, "held"};
  std::vector<HeldCall> calls;

  static void fields(auto& field) { field("calls", &Held::calls, "the calls that live on"); }
};

}  // namespace agent::wire
