#include <set>

#include "agent/json.hpp"
#include "views/cluster_views.hpp"

namespace server::views {
namespace {

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  std::set<std::string> procs;
  each_group(state, {}, [&](const PodGroup& group) {
    for (const Pod& pod : group.pods)
      for (const Container& container : pod.containers)
        if (container.node_ip == key.detail || container.node_name == key.detail)
          procs.insert(group.spec.app + "/" + group.spec.name);
  });
  agent::json::Writer out;
  out.begin_array();
  for (const std::string& proc : procs) out.string(proc);
  return {out.end_array().take()};
}

}  // namespace

ClusterView local_spec_view() {
  return {.path = "/v2/localspecwatcher",
          .summary = "Procs that run on a node",
          .parameter = "nodeip",
          .parameter_summary = "a node's address or name; absent: this server's",
          .key = [](const std::string& text,
                    const ViewOptions& o) { return ViewKey{.detail = text.empty() ? o.ip : text}; },
          .make = make};
}

// The path that the original really has; it refuses to be watched.
ClusterView local_spec_query() {
  ClusterView view = local_spec_view();
  view.path = "/v2/localspecquery";
  view.can_watch = false;
  return view;
}

}  // namespace server::views
