#include <algorithm>

#include "views/cluster_views.hpp"
#include "views/half_rule.hpp"
#include "views/listen_ports.hpp"

namespace server::views {
namespace {

using agent::json::Writer;

std::string json_of(const PodGroup& group, const std::vector<ListenPort>& ports) {
  std::vector<Pod> pods = group.pods;
  std::stable_sort(pods.begin(), pods.end(),
                   [](const Pod& a, const Pod& b) { return a.instance_no < b.instance_no; });
  Writer out;
  out.begin_object().key("Name").string(group.spec.name).key("Upstreams").begin_array();
  for (const Pod& pod : pods) {
    out.begin_object().key("Host").string(pod.first_container().container_ip);
    out.key("InstanceNo").integer(pod.instance_no).end_object();
  }
  out.end_array().key("Services").begin_array();
  for (const ListenPort& port : ports) {
    out.begin_object().key("UpstreamPort").integer(port.target).key("ListenPort").integer(port.source);
    out.key("Send").string(port.check.send).key("Expect").string(port.check.expect).end_object();
  }
  return out.end_array().end_object().take();
}

std::string array_of(const Members& procs) {
  Writer out;
  out.begin_array();
  for (const auto& [name, json] : procs) out.raw(json);
  return out.end_array().take();
}

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  HalfRule rule;
  std::map<std::string, Members> apps;
  each_group(state, key, [&](const PodGroup& group) {
    const std::vector<ListenPort> ports = ports_of(group.spec.pod.annotation);
    if (ports.empty()) return;
    for (const Pod& pod : group.pods) rule.count(pod);
    apps[group.spec.app][group.spec.name] = json_of(group, ports);
  });
  Members lists;
  for (const auto& [app, procs] : apps) lists[app] = array_of(procs);
  return rule.judge(object_of(lists));
}

}  // namespace

ClusterView stream_procs_view() {
  return app_view("/v2/streamrouter/streamprocs",
                  "TCP services for a router; refused when most have no address", make);
}

}  // namespace server::views
