#include "fleet/fleet_views.hpp"

namespace server::fleet {
namespace {

using views::Area;
using views::ClusterState;
using views::ClusterView;
using views::Members;
using views::ViewAnswer;
using views::ViewKey;
using views::ViewOptions;

ViewAnswer show(Area area, const ClusterState& state, const ViewKey& key) {
  Members members;
  for (const auto& [name, cell] : select(state.facts(area), key.names))
    if (cell->value) members[std::string(name)] = cell->value->json;
  return views::object_of(members);
}

// A name that is there is itself, else the beginning of names.
ViewKey name_key(const std::string& text, const ViewOptions&) { return {.names = text == "*" ? "" : text}; }

ClusterView fleet_view(std::string_view path, std::string_view summary, Area area) {
  return {.path = path,
          .summary = summary,
          .area = area,
          .parameter = "id",
          .parameter_summary = "an id, or what ids begin with; absent: all",
          .key = name_key,
          .make = [area](const ClusterState& state, const ViewKey& key) { return show(area, state, key); }};
}

ClusterView tasks_view() {
  ClusterView view = fleet_view("/v2/fleet/tasks", "Tasks of this server's agents, by agent/id", Area::tasks);
  view.parameter = "agent";
  view.parameter_summary = "an agent's id; absent: all";
  view.key = views::folder_key;
  return view;
}

}  // namespace

const std::vector<ClusterView>& fleet_views() {
  static const std::vector<ClusterView> kViews{
      fleet_view("/v2/fleet/agents", "Agents that are connected to this server", Area::agents),
      tasks_view(),
      fleet_view("/v2/fleet/layouts", "Layouts of the last hour, their nodes counted", Area::layouts),
  };
  return kViews;
}

}  // namespace server::fleet
