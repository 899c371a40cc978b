// ClusterTree: keys as a store would have them, changed one at a time, without a store.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "store/key_value.hpp"

namespace test {

class ClusterTree {
 public:
  // The keys below /lain that cluster_keys.cpp has: two apps with three pod groups, two nodes, one service
  // that hello depends on, five settings.
  static ClusterTree of_lain();

  void put(const std::string& key, std::string value) {
    auto item = std::make_shared<server::store::KeyValue>();
    const auto known = items_.find(key);
    ++revision_;
    item->key = key;
    item->value = std::move(value);
    item->created = known == items_.end() ? revision_ : known->second->created;
    item->modified = revision_;
    item->version = known == items_.end() ? 1 : known->second->version + 1;
    items_[key] = std::move(item);
  }
  void erase(const std::string& key) {
    ++revision_;
    items_.erase(key);
  }

  server::store::Revision revision() const { return revision_; }
  const std::map<std::string, server::store::Item>& items() const { return items_; }
  server::store::Snapshot snapshot() const {
    server::store::Snapshot out;
    out.revision = revision_;
    for (const auto& [key, item] : items_) out.items.push_back(item);
    return out;
  }

 private:
  std::map<std::string, server::store::Item> items_;
  server::store::Revision revision_ = 0;
};

// A container of hello.web.web, "172.20.0.11" or "" when it has lost its address.
std::string web_group(std::string_view first_ip, std::string_view second_ip);
inline constexpr std::string_view kWebKey = "/lain/deployd/pod_groups/hello/hello.web.web";
inline constexpr std::string_view kQueueKey = "/lain/deployd/pod_groups/hello/hello.worker.queue";
inline constexpr std::string_view kEchoKey = "/lain/deployd/pod_groups/tcpapp/tcpapp.worker.echo";
inline constexpr std::string_view kDependsKey =
    "/lain/deployd/depends/pods/mysql-service.portal.portal-mysql";

}  // namespace test
