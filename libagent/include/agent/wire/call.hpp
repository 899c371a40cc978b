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

// A caller that has left is told to the agent.
inline constexpr std::string_view kCancelCapability = "cancel";

// Server to agent, under the tid of a call: nobody waits for its replies any more. Not answered.
struct Cancel {
  static constexpr MessageKind message{10103, ""};
  static void fields(auto&) {}
};

}  // namespace agent::wire
