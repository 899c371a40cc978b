#include "store/etcd_endpoints.hpp"

#include <algorithm>
#include <utility>

#include "agent/error.hpp"

namespace server::store {

EtcdEndpoints::EtcdEndpoints(std::vector<std::string> endpoints, std::function<double()> random)
    : endpoints_(std::move(endpoints)), random_(std::move(random)) {
  if (endpoints_.empty()) throw agent::Error(agent::Errc::bad_config, "store: etcd without an endpoint");
  const auto place = random_() * static_cast<double>(endpoints_.size());
  current_ = std::min(static_cast<std::size_t>(place), endpoints_.size() - 1);
}

std::chrono::milliseconds EtcdEndpoints::failed(const std::string& endpoint) {
  if (endpoint != current()) return {};
  current_ = (current_ + 1) % endpoints_.size();
  ++failures_;
  if (failures_ % endpoints_.size() != 0) return {};
  const std::size_t rounds = std::min<std::size_t>(failures_ / endpoints_.size(), 6);
  const auto most =
      std::min<std::chrono::milliseconds>(kLongestWait, std::chrono::milliseconds(50 << rounds));
  return std::chrono::milliseconds(static_cast<std::int64_t>(random_() * static_cast<double>(most.count())));
}

}  // namespace server::store
