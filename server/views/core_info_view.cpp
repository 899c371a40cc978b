#include "agent/json.hpp"
#include "views/cluster_views.hpp"

namespace server::views {
namespace {

using agent::json::Writer;

void write(Writer& out, const Texts& texts) {
  if (!texts) {
    out.null();
    return;
  }
  out.begin_array();
  for (const std::string& text : *texts) out.string(text);
  out.end_array();
}

void write(Writer& out, const ContainerSpec& spec, const Container& container) {
  write(out.begin_object().key("Command"), spec.command);
  out.key("ContainerId").string(container.id).key("ContainerIp").string(container.container_ip);
  write(out.key("Cpu").integer(spec.cpu_limit).key("Env"), spec.env);
  out.key("Expose").integer(spec.expose).key("Image").string(spec.image);
  out.key("Memory").integer(spec.memory_limit).key("NodeIp").string(container.node_ip);
  write(out.key("NodeName").string(container.node_name).key("Volumes"), spec.volumes);
  out.end_object();
}

void write(Writer& out, const PodSpec& spec, const Pod& pod) {
  out.begin_object().key("Annotation").string(spec.annotation).key("ContainerInfos").begin_array();
  for (std::size_t i = 0; i < pod.containers.size(); ++i) write(out, spec.container(i), pod.containers[i]);
  out.end_array().key("Dependencies").begin_array();
  for (const Dependency& dependency : spec.dependencies)
    out.begin_object()
        .key("PodName")
        .string(dependency.pod_name)
        .key("Policy")
        .integer(dependency.policy)
        .end_object();
  out.end_array().key("InstanceNo").integer(pod.instance_no).end_object();
}

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  Members procs;
  each_group(state, key, [&](const PodGroup& group) {
    Writer out;
    out.begin_object().key("PodInfos").begin_array();
    for (const Pod& pod : group.pods) write(out, group.spec.pod, pod);
    procs[group.spec.name] = out.end_array().end_object().take();
  });
  return object_of(procs);
}

}  // namespace

ClusterView core_info_view() {
  return app_view("/v2/coreinfowatcher", "Pods of each proc with their containers", make);
}

}  // namespace server::views
