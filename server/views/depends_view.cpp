#include "agent/json.hpp"
#include "views/cluster_views.hpp"

namespace server::views {
namespace {

using agent::json::Writer;

void write(Writer& out, const SharedPod& shared) {
  out.begin_object().key("Annotation").string(shared.spec.annotation).key("Containers").begin_array();
  for (const Container& container : shared.pod.containers) {
    out.begin_object().key("ContainerID").string(container.id).key("NodeIP").string(container.node_ip);
    out.key("IP").string(container.container_ip).key("Port").integer(container.container_port).end_object();
  }
  out.end_array().end_object();
}

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  Writer out;
  out.begin_object();
  for (const auto& [service, cell] : select(state.depends(), key.names)) {
    if (!cell->value) continue;
    out.key(service).begin_object();
    for (const auto& [node, apps] : *cell->value) {
      out.key(node).begin_object();
      for (const auto& [app, shared] : apps) write(out.key(app), shared);
      out.end_object();
    }
    out.end_object();
  }
  return {out.end_object().take()};
}

}  // namespace

ClusterView depends_view() {
  return {.path = "/v2/depends",
          .summary = "Pods of each service by node and by the app that depends on it",
          .area = Area::depends,
          .parameter = "target",
          .parameter_summary = "a service pod's name, or what names begin with; absent: all",
          .key = [](const std::string& text, const ViewOptions&) { return ViewKey{.names = text}; },
          .make = make};
}

}  // namespace server::views
