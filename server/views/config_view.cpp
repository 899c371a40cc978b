#include "agent/json.hpp"
#include "views/cluster_views.hpp"
#include "views/secret_names.hpp"

namespace server::views {
namespace {

// Secret names are left out of what is shown, however few of their letters were asked for.
ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  agent::json::Writer out;
  out.begin_object();
  for (const auto& [name, cell] : select(state.config(), key.names))
    if (key.shows_secrets || !is_secret_name(name)) out.key(name).string(cell->item->value);
  return {out.end_object().take()};
}

}  // namespace

ClusterView config_view() {
  return {.path = "/v2/configwatcher",
          .summary = "Settings of the cluster by name",
          .area = Area::config,
          .access = Access::config,
          .parameter = "target",
          .parameter_summary = "a name, or what names begin with; absent: all",
          .key = [](const std::string& text, const ViewOptions&) { return ViewKey{.names = text}; },
          .make = make};
}

}  // namespace server::views
