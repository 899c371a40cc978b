// StoreError: why a store did not do what it was asked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/error.hpp"

namespace server::store {

using Revision = std::int64_t;

// Closed: every front end switches over all of it.
enum class Fault {
  unavailable,     // not now: no room on the disk, no quorum, no answer in time. A write may have happened
  compare_failed,  // a condition did not hold, nothing was written
  compacted,       // the history that was asked for is gone: list again
  refused,         // beyond a limit, or not understood. The same again is refused again
};

// What was refused, for those who tell it by numbers of their own.
enum class Refusal { order, same_key, no_lease, lease_exists, full };

// "unavailable", "compare failed", ...
std::string_view to_string(Fault fault);

class StoreError : public agent::Error {
 public:
  // `revision`: of the store; of a compacted history the last one that is gone; 0 when it is not known.
  StoreError(Fault fault, const std::string& message, Revision revision = 0,
             Refusal refusal = Refusal::order);

  Fault fault() const { return fault_; }
  Revision revision() const { return revision_; }
  // With Fault::refused.
  Refusal refusal() const { return refusal_; }

 private:
  Fault fault_;
  Revision revision_;
  Refusal refusal_;
};

}  // namespace server::store
