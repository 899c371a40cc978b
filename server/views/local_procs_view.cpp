#include <algorithm>

#include "agent/json.hpp"
#include "views/cluster_views.hpp"

namespace server::views {
namespace {

constexpr std::string_view kVersion = "LAIN_APP_RELEASE_VERSION";

bool runs_on(const Pod& pod, const std::string& node) {
  return std::any_of(pod.containers.begin(), pod.containers.end(),
                     [&](const Container& container) { return container.node_name == node; });
}

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  Members procs;
  each_group(state, key, [&](const PodGroup& group) {
    const PodSpec& spec = group.spec.pod;
    agent::json::Writer out;
    out.begin_object().key("PodInfos").begin_array();
    bool is_local = false;
    for (const Pod& pod : group.pods) {
      if (!runs_on(pod, key.detail)) continue;
      is_local = true;
      out.begin_object().key("Annotation").string(spec.annotation).key("AppVersion");
      out.string(variable_of(spec.container(0).env.value_or(std::vector<std::string>()), kVersion));
      out.key("InstanceNo").integer(pod.instance_no).end_object();
    }
    std::string json = out.end_array().end_object().take();
    if (is_local) procs[group.spec.name] = std::move(json);
  });
  return object_of(procs);
}

}  // namespace

ClusterView local_procs_view() {
  ClusterView view = app_view("/v2/rebellion/localprocs", "Procs that run on this server's machine", make);
  view.key = [](const std::string& text, const ViewOptions& options) {
    ViewKey key = folder_key(text, options);
    key.detail = options.host_name;
    return key;
  };
  return view;
}

}  // namespace server::views
