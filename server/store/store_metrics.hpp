// StoreFigures: how large and how busy a store is, and its series for Prometheus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "agent/metrics.hpp"
#include "store/store_error.hpp"

namespace server::store {

struct StoreFigures {
  Revision revision = 0;
  std::size_t keys = 0;
  std::size_t bytes = 0;    // KeyValue::cost() of all live keys
  std::size_t watches = 0;  // with the views
  // Nothing for a store in an etcd: what several servers share is etcd's to count.
  std::optional<std::size_t> leases;
  std::optional<std::uint64_t> commits;  // since the start; one has many transactions
};

// agent_server_store_...
void expose(const StoreFigures& figures, agent::metrics::Exposition& out);

}  // namespace server::store
