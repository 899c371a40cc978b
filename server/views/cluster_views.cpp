#include "views/cluster_views.hpp"

namespace server::views {

const std::vector<ClusterView>& cluster_views() {
  static const std::vector<ClusterView> kViews{
      apps_view(),    backup_spec_view(), config_view(),       containers_view(),   core_info_view(),
      depends_view(), local_procs_view(), local_spec_query(),  local_spec_view(),   nodes_view(),
      proc_view(),    proxy_view(),       stream_ports_view(), stream_procs_view(), web_procs_view(),
  };
  return kViews;
}

}  // namespace server::views
