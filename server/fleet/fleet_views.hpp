// The views of this server's own fleet: GET /v2/fleet/....
#pragma once

#include <vector>

#include "views/cluster_view.hpp"

namespace server::fleet {

// Static.
const std::vector<views::ClusterView>& fleet_views();

}  // namespace server::fleet
