// The series of the views for Prometheus; docs/metrics.md explains each.
#pragma once

#include "agent/metrics.hpp"
#include "views/view_board.hpp"

namespace server::views {

// agent_server_views_... of a board. Any thread.
void expose(const ViewBoard& board, ViewBoard::Time now, agent::metrics::Exposition& out);

}  // namespace server::views
