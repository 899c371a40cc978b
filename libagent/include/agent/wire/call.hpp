// Capabilities `end` and `cancel`: calls that say when they are over, and calls that are given up
// (docs/wire.md, "Capabilities"). Ours; originals never see any of this.
#pragma once

#include <string_view>

#include "agent/message.hpp"

namespace agent::wire {

// A request of a type that no handler serves is answered, and a request that asks for it is told its end.
inline constexpr std::string_view kEndCapability = "end";

// Beside `errmsg` of type 0: why, for programs.
inline constexpr std::string_view kReasonKey = "reason";
inline constexpr std::string_view kUnservedReason = "unserved";

// In a request: true asks to be told the end of the call, which is over when its handler has ended and no
// handle of it is left. In a reply: true says that it is the last one.
inline constexpr std::string_view kEndKey = "call_end";

// Agent to server, under the tid of a call that asked for its end: no further reply comes. Instead of the key
// in the last reply, where that was sent before it could be known to be the last, or where there was none. An
// error, type 0, is an end in any case.
struct CallEnd {
  static constexpr MessageKind message{10104, ""};
  static void fields(auto&) {}
};

// A caller that has left is told to the agent.
inline constexpr std::string_view kCancelCapability = "cancel";

// Server to agent, under the tid of a call: nobody waits for its replies any more. Not answered.
struct Cancel {
  static constexpr MessageKind message{10103, ""};
  static void fields(auto&) {}
};

}  // namespace agent::wire
