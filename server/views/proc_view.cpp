#include "agent/json.hpp"
#include "views/cluster_views.hpp"

namespace server::views {
namespace {

constexpr std::string_view kProcName = "LAIN_PROCNAME";

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  agent::json::Writer out;
  out.begin_array();
  each_group(state, key, [&](const PodGroup& group) {
    out.begin_object().key("proc").begin_array();
    for (const Pod& pod : group.pods) {
      const Container& container = pod.first_container();
      out.begin_object().key("InstanceNo").integer(pod.instance_no);
      out.key("IP").string(container.container_ip).key("Port").integer(container.container_port);
      out.key("ProcName").string(variable_of(container.runtime.config.env, kProcName)).end_object();
    }
    out.end_array().end_object();
  });
  return {out.end_array().take()};
}

}  // namespace

ClusterView proc_view() {
  ClusterView view = app_view("/v2/procwatcher", "Where the instances of an app's procs listen", make);
  view.parameter_summary = "an app; *: all";
  view.is_required = true;
  return view;
}

}  // namespace server::views
