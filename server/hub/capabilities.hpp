// Capabilities: what this server can do beyond the originals' protocol (docs/wire.md, "Capabilities").
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "agent/wire/call.hpp"
#include "agent/wire/control.hpp"
#include "agent/wire/exec.hpp"
#include "agent/wire/file.hpp"
#include "agent/wire/kept.hpp"

namespace server {

inline constexpr std::array kCapabilities{agent::wire::kAckCapability,    agent::wire::kStreamCapability,
                                          agent::wire::kKillCapability,   agent::wire::kEndCapability,
                                          agent::wire::kCancelCapability, agent::wire::kSeriesCapability,
                                          agent::wire::kLimitsCapability};

// Those of kCapabilities that the agent has, too, and that are `allowed`: what is in force in the session.
std::vector<std::string> common_capabilities(const std::vector<std::string>& offered,
                                             const std::vector<std::string>& allowed);

}  // namespace server
