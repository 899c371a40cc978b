#include "hub/conflict.hpp"

#include <fmt/format.h>

#include <optional>

#include "agent/wire/values.hpp"
#include "hub/bindings.hpp"

namespace server {
namespace {

using agent::wire::Time;

std::string since_and_from(const Session& session) {
  Time since = Time::from(session.connected_at());
  since.nanoseconds = 0;
  return fmt::format("connected since {} from {}", to_string(since), session.address());
}

// The binding of the id, when it is not the newcomer's.
struct Foreign {
  bool is_there = false;
  Binding binding{};
};

Foreign foreign_binding(const Hub& hub, const Session& newcomer) {
  if (hub.bindings() == nullptr || newcomer.grant().name().empty()) return {};
  const std::optional<Binding> binding = hub.bindings()->find(newcomer.id());
  if (!binding || binding->token == newcomer.grant().name()) return {};
  return {.is_there = true, .binding = *binding};
}

}  // namespace

std::string describe_conflict(const Hub& hub, const Session& newcomer) {
  const auto holder = hub.find(newcomer.id());
  const Foreign foreign = foreign_binding(hub, newcomer);
  std::string text = "agent id conflict: ";
  if (foreign.is_there) text += fmt::format("the id belongs to token {}, ", foreign.binding.token);
  if (holder) return text + since_and_from(*holder);
  if (foreign.is_there) return text + "last connected from " + foreign.binding.address;
  return text + "whoever had the id has just left";
}

std::string conflict_text(const Hub& hub, const Session& newcomer) {
  std::string text = "agent id conflict";
  if (newcomer.come().caps.empty()) return text;
  if (foreign_binding(hub, newcomer).is_there) return text + ": the id belongs to another token";
  if (const auto holder = hub.find(newcomer.id())) text += ": " + since_and_from(*holder);
  return text;
}

}  // namespace server
