#include "api/metrics_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "agent/error.hpp"
#include "agent/units.hpp"
#include "http/reply.hpp"

namespace server {

Parameter metrics_agent_parameter() {
  return {.name = "id", .in = In::path, .summary = "id of a metrics-agent"};
}

Parameter max_age_parameter() {
  return {
      .name = "max_age",
      .summary =
          "duration such as 10s: the agent's last report will do if it is not older, also of an agent that has left. "
          "Without it the agent is asked"};
}

Parameter top_parameter() {
  return {.name = "top", .summary = "processes at most; 0, or what is no number: all"};
}

Parameter kinds_parameter() {
  return {
      .name = "kinds",
      .type = Type::list,
      .summary =
          "kinds of connections: tcp, tcp4, tcp6, udp, udp4, udp6, unix; none: what the agent lists by itself"};
}

MaxAge read_max_age(const Request& request) {
  const std::string& text = request.arguments.text("max_age");
  if (text.empty()) return std::nullopt;
  try {
    const std::chrono::nanoseconds age = agent::parse_duration(text);
    if (age >= age.zero()) return age;
  } catch (const agent::Error& error) {
    throw RequestError(400, fmt::format("bad param: max_age: {}", error.text()));
  }
  throw RequestError(400, fmt::format("bad param: max_age: {} is less than 0", text));
}

std::int64_t read_top(const Request& request) {
  const std::string& text = request.arguments.text("top");
  std::int64_t top = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), top);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number ? std::max<std::int64_t>(top, 0) : 0;
}

std::vector<std::string> read_kinds(const Request& request) {
  const std::vector<std::string>& kinds = request.arguments.list("kinds");
  if (const auto fault = unknown_connection_kind(kinds))
    throw RequestError(400, "bad param: kinds: " + *fault);
  return kinds;
}

}  // namespace server
