// The views that there are: one line each here and in the table of cluster_views.cpp.
#pragma once

#include "views/cluster_view.hpp"

namespace server::views {

ClusterView apps_view();
ClusterView backup_spec_view();
ClusterView config_view();
ClusterView containers_view();
ClusterView core_info_view();
ClusterView depends_view();
ClusterView local_procs_view();
ClusterView local_spec_query();
ClusterView local_spec_view();
ClusterView nodes_view();
ClusterView proc_view();
ClusterView proxy_view();
ClusterView stream_ports_view();
ClusterView stream_procs_view();
ClusterView web_procs_view();

}  // namespace server::views
