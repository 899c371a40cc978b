#include "agent/json.hpp"
#include "views/cluster_views.hpp"

namespace server::views {
namespace {

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  Members procs;
  each_group(state, key, [&](const PodGroup& group) {
    agent::json::Writer out;
    out.begin_object().key("containers").begin_array();
    for (const Pod& pod : group.pods) {
      for (std::size_t i = 0; i < pod.containers.size(); ++i) {
        out.begin_object().key("container_ip").string(pod.containers[i].container_ip);
        out.key("container_port").integer(group.spec.pod.container(i).expose).end_object();
      }
    }
    procs[group.spec.name] = out.end_array().end_object().take();
  });
  return object_of(procs);
}

}  // namespace

ClusterView proxy_view() {
  return app_view("/v2/proxywatcher", "Addresses of each proc's containers, for proxies", make);
}

}  // namespace server::views
