// ViewVersion: what a view shows for one key, between two changes of it. Immutable, encoded once and shared
// by all who send it.
#pragma once

#include <memory>

#include "store/store_error.hpp"
#include "views/cluster_view.hpp"

namespace server::views {

struct ViewVersion {
  ViewAnswer answer;
  store::Revision index = 0;    // of the last change of it
  store::Revision removed = 0;  // of the last version that keys went away with
};
using Version = std::shared_ptr<const ViewVersion>;

}  // namespace server::views
