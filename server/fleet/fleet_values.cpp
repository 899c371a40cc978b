#include "fleet/fleet_values.hpp"

#include <algorithm>
#include <chrono>

#include "agent/json.hpp"
#include "hub/bindings.hpp"

namespace server::fleet {
namespace {

std::size_t count(const LayoutStatus& status, std::string_view state) {
  return static_cast<std::size_t>(
      std::count_if(status.nodes.begin(), status.nodes.end(),
                    [&](const LayoutNode& node) { return node.status == state; }));
}

std::size_t count_failed(const LayoutStatus& status) {
  return static_cast<std::size_t>(std::count_if(status.nodes.begin(), status.nodes.end(),
                                                [](const LayoutNode& node) { return !node.err.empty(); }));
}

}  // namespace

std::string agent_value(const Hub& hub, const Session& session) {
  const agent::wire::Come& come = session.come();
  const auto since =
      std::chrono::duration_cast<std::chrono::seconds>(session.connected_at().time_since_epoch());
  agent::json::Writer out;
  out.begin_object().key("id").string(session.id()).key("type").string(session.type());
  out.key("version").string(come.version).key("ip").string(come.ip.text).key("host").string(come.host_name);
  out.key("os").string(come.os).key("platform").string(come.platform).key("arch").string(come.arch);
  out.key("address").string(session.address()).key("since").integer(since.count());
  if (const auto binding = hub.bindings() == nullptr ? std::nullopt : hub.bindings()->find(session.id()))
    out.key("binding").string(binding->token);
  return out.end_object().take();
}

std::string layout_value(const LayoutStatus& status) {
  agent::json::Writer out;
  out.begin_object().key("done").boolean(status.done).key("begin").integer(status.begin);
  out.key("end").integer(status.end).key("index").integer(status.index);
  out.key("nodes").unsigned_integer(status.nodes.size());
  out.key("waiting").unsigned_integer(count(status, node_status::waiting));
  out.key("running").unsigned_integer(count(status, node_status::running));
  out.key("failed").unsigned_integer(count_failed(status));
  return out.end_object().take();
}

agent::Task<std::vector<CommandRecord>> records_on(const CommandTable* commands, const Shard* shard) {
  co_return commands->records_of(*shard);
}

}  // namespace server::fleet
