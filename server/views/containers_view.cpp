#include "agent/json.hpp"
#include "views/cluster_views.hpp"

namespace server::views {
namespace {

constexpr std::string_view kVersion = "LAIN_APP_RELEASE_VERSION";

std::string json_of(const PodGroupSpec& spec, const Pod& pod, const Container& container) {
  agent::json::Writer out;
  out.begin_object().key("app").string(spec.app).key("app_version");
  out.string(variable_of(spec.pod.container(0).env.value_or(std::vector<std::string>()), kVersion));
  out.key("proc").string(spec.name).key("nodename").string(container.node_name);
  out.key("nodeip").string(container.node_ip).key("ip").string(container.container_ip);
  out.key("port").integer(container.container_port).key("instanceNo").integer(pod.instance_no);
  return out.end_object().take();
}

// Each container twice: by its node's name and by its node's address.
ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  Members containers;
  each_group(state, {}, [&](const PodGroup& group) {
    for (const Pod& pod : group.pods) {
      for (const Container& container : pod.containers) {
        for (const std::string& node : {container.node_name, container.node_ip}) {
          std::string name = node + "/" + container.id;
          if (name.starts_with(key.detail)) containers[std::move(name)] = json_of(group.spec, pod, container);
        }
      }
    }
  });
  return object_of(containers);
}

}  // namespace

ClusterView containers_view() {
  return {.path = "/v2/containers",
          .summary = "Containers of each node, by its name and by its address",
          .parameter = "nodename",
          .parameter_summary = "a node's name or address; absent: all",
          .key = [](const std::string& text,
                    const ViewOptions& o) { return ViewKey{.detail = folder_key(text, o).names}; },
          .make = make};
}

}  // namespace server::views
