#include "agent/json.hpp"
#include "views/cluster_views.hpp"

namespace server::views {
namespace {

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  Members apps;
  each_group(state, key, [&](const PodGroup& group) {
    agent::json::Writer out;
    apps[group.spec.app] = out.begin_object().key("Appname").string(group.spec.app).end_object().take();
  });
  return object_of(apps);
}

}  // namespace

ClusterView apps_view() {
  return {.path = "/v2/appswatcher",
          .summary = "Apps that there are",
          .key = [](const std::string&, const ViewOptions&) { return ViewKey{}; },
          .make = make};
}

}  // namespace server::views
