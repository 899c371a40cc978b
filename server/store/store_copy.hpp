// StoreCopy: what a store has at one revision, without its history. A value; any thread.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "store/key_value.hpp"

namespace server::store {

struct StoreCopy {
  std::string id;  // of the store that it was made of
  Revision revision = 0;
  std::vector<Item> items;                                            // in the order of their keys
  std::vector<std::pair<LeaseId, std::chrono::milliseconds>> leases;  // with their ttl
};

}  // namespace server::store
