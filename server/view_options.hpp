// What the views of this server are told, as its configuration says (views.*, store.secret_prefixes).
#pragma once

#include "server_config.hpp"
#include "views/cluster_view.hpp"

namespace server {

views::ViewOptions view_options(const ServerConfig& config);

}  // namespace server
