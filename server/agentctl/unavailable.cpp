#include "agentctl/unavailable.hpp"

namespace agentctl {

Unavailable why_unavailable(const ApiError& error) {
  const bool is_proxys = error.code == 502 || error.code == 503 || error.code == 504;
  if (error.is_page && is_proxys) return Unavailable::proxy;
  if (error.code == 502) return Unavailable::proxy;  // agent-server has no 502
  if (error.code != 503) return Unavailable::not_at_all;
  const std::string_view text = error.text();
  if (text == "rate limit") return Unavailable::full_disk;
  if (text == "server is stopping") return Unavailable::stopping;
  if (text == "agent does not read what it is sent") return Unavailable::not_reading;
  return Unavailable::agent_word;
}

}  // namespace agentctl
