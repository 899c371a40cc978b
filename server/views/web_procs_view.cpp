#include "agent/json.hpp"
#include "views/cluster_views.hpp"
#include "views/half_rule.hpp"

namespace server::views {
namespace {

using agent::json::Writer;

// "hello.web.web"
bool is_web(std::string_view name) {
  const std::size_t last = name.rfind('.');
  return last != std::string_view::npos && name.substr(0, last).ends_with(".web");
}

void write(Writer& out, const PodSpec& spec, const Pod& pod) {
  out.begin_object().key("Annotation").string(spec.annotation).key("ContainerInfos").begin_array();
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    out.begin_object().key("ContainerIp").string(pod.containers[i].container_ip);
    out.key("Expose").integer(spec.container(i).expose).end_object();
  }
  out.end_array().end_object();
}

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  HalfRule rule;
  Members procs;
  each_group(state, key, [&](const PodGroup& group) {
    if (!is_web(group.spec.name)) return;
    Writer out;
    out.begin_object().key("PodInfos").begin_array();
    for (const Pod& pod : group.pods) {
      rule.count(pod);
      write(out, group.spec.pod, pod);
    }
    procs[group.spec.name] = out.end_array().end_object().take();
  });
  return rule.judge(object_of(procs));
}

}  // namespace

ClusterView web_procs_view() {
  return app_view("/v2/webrouter/webprocs", "Web procs for a router; refused when most have no address",
                  make);
}

}  // namespace server::views
