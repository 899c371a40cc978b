// The handshake, agent side: what we say and what the answer means (wire protocol, section 4). Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/host.hpp"
#include "agent/wire/call.hpp"
#include "agent/wire/control.hpp"
#include "agent/wire/exec.hpp"
#include "agent/wire/file.hpp"
#include "agent/wire/kept.hpp"

namespace agent::core {

// What this agent can do beyond the originals' protocol (docs/wire.md, "Capabilities").
inline const std::vector<std::string> kCapabilities{
    std::string(wire::kAckCapability),    std::string(wire::kStreamCapability),
    std::string(wire::kKillCapability),   std::string(wire::kEndCapability),
    std::string(wire::kCancelCapability), std::string(wire::kSeriesCapability),
    std::string(wire::kLimitsCapability), std::string(wire::kReportsCapability),
    std::string(wire::kBriefCapability),  std::string(wire::kTermCapability)};

// Bytes of the server's answer, where max_message is not less: a server that has not taken us is lent no more
// memory. Answers have some hundred.
inline constexpr std::size_t kAnswerLimit = 64 * 1024;

struct Identity {
  std::string id;
  std::string name;
  std::string version;
  std::string instance;
  std::string report_spool{};  // its id, "" without one: then there is no capability `reports`
};

wire::Come make_come(const Identity& identity, const HostFacts& facts, std::string ip, std::string mac);

// The server's answer.
struct Answer {
  enum class Kind { accepted, refused, redirected };
  Kind kind = Kind::refused;
  std::string id;                    // accepted: the id to use, "" = the one that was sent
  std::string reason;                // refused
  std::vector<std::string> servers;  // redirected
  std::vector<std::string> caps;     // accepted: those of kCapabilities that are in force
  std::optional<std::chrono::seconds> retry_after;
};

// Throws Errc::bad_message when the text is no handshake.
Answer read_answer(std::string text);
Answer read_answer(const Envelope& message);

// The servers of a redirect as this agent dials them: without a scheme they are reached as the server that
// named them, through TLS or not; references to our environment are not for others to make.
std::vector<std::string> redirect_targets(std::vector<std::string> servers, bool through_tls);

}  // namespace agent::core
