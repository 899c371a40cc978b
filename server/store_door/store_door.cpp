#include "store_door/store_door.hpp"

#include <charconv>

namespace server::door {

void StoreDoor::add_routes(Router& router) const {
  add_store_key_routes(router, *this);
  add_store_txn_route(router, *this);
  add_store_watch_route(router, *this);
  add_store_lease_routes(router, *this);
  add_gateway_key_routes(router, *this);
  add_gateway_watch_route(router, *this);
  add_gateway_lease_routes(router, *this);
}

store::gateway::Header StoreDoor::header(store::Revision revision) const {
  const std::string id = store_.id();
  std::uint64_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number, 16);
  return {.cluster_id = number, .member_id = number, .revision = revision, .raft_term = 1};
}

std::string client_of(const Request& request) {
  return request.token_name.empty() ? "address " + request.remote_address : "token " + request.token_name;
}

}  // namespace server::door
