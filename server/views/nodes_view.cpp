#include "agent/json.hpp"
#include "views/cluster_views.hpp"

namespace server::views {
namespace {

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  agent::json::Writer out;
  out.begin_object();
  for (const auto& [name, cell] : select(state.nodes(), key.names))
    if (cell->value) out.key(name).raw(cell->value->json);
  return {out.end_object().take()};
}

ViewKey key_of(const std::string& text, const ViewOptions&) {
  if (text.empty() || text == "*") return {};
  return {.names = text + ":"};
}

}  // namespace

ClusterView nodes_view() {
  return {.path = "/v2/nodes",
          .summary = "What is known of each node, by name:address",
          .area = Area::nodes,
          .parameter = "name",
          .parameter_summary = "a node; absent: all",
          .key = key_of,
          .make = make};
}

}  // namespace server::views
