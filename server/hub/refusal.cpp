#include "hub/refusal.hpp"

#include <string>

#include "agent/wire/call.hpp"

namespace server {

agent::Error refusal(const agent::Envelope& error) {
  const agent::json::Value reason = error.root().find(agent::wire::kReasonKey);
  const bool is_unserved = reason.is_string() && reason.as_string() == agent::wire::kUnservedReason;
  return {is_unserved ? agent::Errc::wrong_type : agent::Errc::refused, std::string(error.errmsg())};
}

}  // namespace server
