#include <algorithm>

#include "views/cluster_views.hpp"
#include "views/listen_ports.hpp"

namespace server::views {
namespace {

ViewAnswer make(const ClusterState& state, const ViewKey& key) {
  std::vector<std::int64_t> ports;
  each_group(state, key, [&](const PodGroup& group) {
    for (const ListenPort& port : ports_of(group.spec.pod.annotation)) ports.push_back(port.source);
  });
  std::sort(ports.begin(), ports.end());
  agent::json::Writer out;
  out.begin_array();
  for (const std::int64_t port : ports) out.integer(port);
  return {out.end_array().take()};
}

}  // namespace

ClusterView stream_ports_view() {
  return app_view("/v2/streamrouter/ports", "Ports that a TCP router listens on", make);
}

}  // namespace server::views
