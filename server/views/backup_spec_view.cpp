#include "agent/json.hpp"
#include "views/cluster_views.hpp"

namespace server::views {
namespace {

using agent::json::Writer;

void write(Writer& out, const PodSpec& spec, const Pod& pod) {
  out.begin_object().key("Annotation").string(spec.annotation).key("Containers").begin_array();
  for (const Container& container : pod.containers) {
    out.begin_object().key("Id").string(container.id).key("Ip").string(container.container_ip);
    out.key("NodeIp").string(container.node_ip).key("NodeName").string(container.node_name).end_object();
  }
  out.end_array().key("InstanceNo").integer(pod.instance_no).end_object();
}

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  Members procs;
  each_group(state, key, [&](const PodGroup& group) {
    Writer out;
    out.begin_array();
    for (const Pod& pod : group.pods) write(out, group.spec.pod, pod);
    procs[group.spec.name] = out.end_array().take();
  });
  return object_of(procs);
}

}  // namespace

ClusterView backup_spec_view() {
  ClusterView view = app_view("/v2/backupspec", "Pods of each proc, for backups", make);
  view.access = Access::super;
  return view;
}

}  // namespace server::views
