#include "hub/refusal.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "agent/wire/call.hpp"
#include "agent/wire/exec.hpp"
#include "agent/wire/file.hpp"
#include "hub/agent_session.hpp"

namespace server {

agent::Error refusal(const std::string& text) {
  constexpr std::array<std::string_view, 3> kTooMany{agent::wire::kTooManyCommands,
                                                     agent::wire::kTooManyTransfers, kTooManyCalls};
  const bool is_too_many = std::any_of(kTooMany.begin(), kTooMany.end(),
                                       [&](std::string_view words) { return text.starts_with(words); });
  return {is_too_many ? agent::Errc::too_many : agent::Errc::refused, text};
}

agent::Error refusal(const agent::Envelope& error) {
  const std::string text(error.errmsg());
  const agent::json::Value reason = error.root().find(agent::wire::kReasonKey);
  const bool is_unserved = reason.is_string() && reason.as_string() == agent::wire::kUnservedReason;
  return is_unserved ? agent::Error(agent::Errc::wrong_type, text) : refusal(text);
}

}  // namespace server
