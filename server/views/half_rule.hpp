// HalfRule: a router keeps the state it has rather than empty it when the cluster is sick: what more than
// half of the pods have lost their addresses in is refused, and what has no pods at all. Exactly half is
// served.
#pragma once

#include <cstddef>
#include <string>

#include "views/cluster_view.hpp"

namespace server::views {

class HalfRule {
 public:
  void count(const Pod& pod) {
    ++pods_;
    if (!pod.first_container().container_ip.empty()) ++alive_;
  }
  ViewAnswer judge(ViewAnswer answer) const {
    if (pods_ == 0 || alive_ * 2 < pods_)
      return ViewAnswer::refuse("over half of the containers lost their IPs");
    return answer;
  }

 private:
  std::size_t pods_ = 0;
  std::size_t alive_ = 0;
};

}  // namespace server::views
