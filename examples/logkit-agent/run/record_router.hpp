// RecordRouter: which sender gets a record. Pure.
//
//   router_key_name, router_match_type (equal, contains), router_default_sender, router_routes {value:
//   sender}
//
// Values are compared as text: the number 123 equals the route "123". Without options every sender gets every
// record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "examples/logkit-agent/parse/record.hpp"
#include "part_options.hpp"

namespace logkit {

class RecordRouter {
 public:
  // Throws Errc::bad_config, also for a sender that there is not.
  RecordRouter(const PartOptions& options, std::size_t senders);

  // The sender's number, or Batch::kAllSenders.
  std::uint16_t route(Fields fields) const;

 private:
  struct Route {
    std::string value;
    std::uint16_t sender;
  };

  std::string key_;
  bool is_contained_ = false;
  std::uint16_t default_ = 0;
  std::vector<Route> routes_;
};

}  // namespace logkit
