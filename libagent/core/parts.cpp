#include "core/parts.hpp"

#include <fmt/format.h>

#include <random>

#include "agent/log.hpp"
#include "agent/wire/call.hpp"
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

Parts::Parts(std::string the_name, std::string the_version)
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
         type == wire::CallEnd::message.type;
}

void send_report(Parts& parts, std::string text) {
  if (parts.gateway.on_loop()) {
    parts.runtime->sender().report(std::move(text));
    return;
  }
  std::size_t size = text.size();
  if (parts.posted_bytes.fetch_add(size) + size > parts.config.send_queue.value) {
    parts.posted_bytes -= size;
    parts.counters.dropped_reports.add();
    return;
  }
  parts.gateway.post([&parts, size, text = std::move(text)]() mutable {
    parts.posted_bytes -= size;
    if (parts.runtime != nullptr) parts.runtime->sender().report(std::move(text));
  });
}

void call_hooks(const Parts::Hooks& hooks, const char* what) {
  for (const std::function<void()>& hook : hooks) {
    try {
      hook();
    } catch (...) {
      log::error("{}: {}", what, describe(std::current_exception()));
    }
  }
}

}  // namespace agent::core
