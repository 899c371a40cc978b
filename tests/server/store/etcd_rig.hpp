// EtcdRig: a store of its own, by its prefix, in an etcd that all rigs of a test program share.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/event.hpp"
#include "store/etcd_store.hpp"
#include "tests/server/store/store_rig.hpp"
#include "tests/support/etcd_cluster.hpp"

namespace test {

inline server::store::EtcdOptions etcd_options(const EtcdCluster& cluster) {
  server::store::EtcdOptions options;
  options.endpoints = cluster.endpoints();
  options.timing.start = kPatience;
  return options;
}

class EtcdRig : public StoreRig {
 public:
  EtcdRig(std::size_t history, const EtcdCluster& cluster) : cluster_(cluster), history_(history) {
    static int rigs = 0;
    server::store::EtcdOptions options = etcd_options(cluster);
    options.prefix = "rig" + std::to_string(++rigs);
    options.history.events = history;
    store_ = std::make_unique<server::store::EtcdStore>(std::move(options));
  }
  // A lease of this rig must not change the revision of the next one.
  ~EtcdRig() override { erase(*store_, server::store::KeyRange::all()); }

  server::store::Store& store() override { return *store_; }

  // Its leases are on its own clock.
  void pass(std::chrono::seconds time) override {
    detail::on_loop_of_its_own([time](agent::net::Loop&) { return agent::pause(time); });
  }

  void compact() override {
    for (std::size_t i = 0; i < history_ * 5 / 4; ++i) put(*store_, "~filler", std::to_string(i));
    cluster_.compact();
  }

 private:
  const EtcdCluster& cluster_;
  const std::size_t history_;
  std::unique_ptr<server::store::EtcdStore> store_;
};

}  // namespace test
