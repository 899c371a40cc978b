#include "core/agent_state.hpp"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "agent/log.hpp"
#include "agent/wire/call.hpp"
#include "agent/wire/control.hpp"
#include "agent/wire/kept.hpp"
#include "core/calls.hpp"
#include "core/runtime.hpp"

namespace agent::core {
namespace {

std::string random_digits() {
  std::random_device random;
  std::string digits;
  for (int i = 0; i < 4; ++i) digits += fmt::format("{:08x}", random());
  return digits;
}

void check_name(const std::string& name) {
  constexpr std::string_view accepted = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  bool good =
      !name.empty() && !name.starts_with('.') && name.find_first_not_of(accepted) == std::string::npos;
  if (!good)
    throw Error(Errc::bad_config, "agent name '" + name + "': want letters, digits, '-', '_' and '.'");
}

}  // namespace

AgentState::AgentState(std::string the_name, std::string the_version)
    : name(std::move(the_name)),
      version(std::move(the_version)),
      instance(random_digits()),
      limits(std::make_shared<Limits>(name)),
      outbox(config.send_queue.value) {
  check_name(name);
}

bool is_reserved(int type) {
  return (type >= 0 && type <= 2) || (type >= 10000 && type <= 10004) || type == wire::Ack::message.type ||
         type == wire::Held::message.type || type == wire::Cancel::message.type ||
         type == wire::CallEnd::message.type || type == wire::Reported::message.type;
}

namespace {

// Gives the text to the runtime: now on its loop, otherwise as soon as it gets there.
template <class Take>
void hand_over(AgentState& state, std::string text, Take take) {
  if (state.loop.on_loop()) return take(*state.runtime, std::move(text));
  std::size_t size = text.size();
  if (state.posted_bytes.fetch_add(size) + size > state.config.send_queue.value) {
    state.posted_bytes -= size;
    state.counters.dropped_reports.add();
    return;
  }
  state.loop.post([&state, size, take, text = std::move(text)]() mutable {
    state.posted_bytes -= size;
    if (state.runtime != nullptr) take(*state.runtime, std::move(text));
  });
}

}  // namespace

void send_report(AgentState& state, std::string text) {
  hand_over(state, std::move(text),
            [](Runtime& runtime, std::string own) { runtime.sender().report(std::move(own)); });
}

void spool_report(AgentState& state, std::string text) {
  hand_over(state, std::move(text),
            [](Runtime& runtime, std::string own) { runtime.reports().add(std::move(own)); });
}

void call_hooks(const AgentState::Hooks& hooks, const char* what) {
  for (const std::function<void()>& hook : hooks) {
    try {
      hook();
    } catch (...) {
      log::error("{}: {}", what, describe(std::current_exception()));
    }
  }
}

}  // namespace agent::core
