// DoorStoreRig: an EtcdStore whose etcd is the door of an embedded store.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "store/etcd_store.hpp"
#include "tests/server/store/store_rig.hpp"
#include "tests/server/store_door/door_rig.hpp"
#include "tests/support/patience.hpp"

namespace test {

inline server::store::EtcdOptions etcd_options(const DoorRig& door) {
  server::store::EtcdOptions options;
  options.endpoints = {"127.0.0.1:" + std::to_string(door.port)};
  options.timing.start = kPatience;
  return options;
}

class DoorStoreRig : public StoreRig {
 public:
  explicit DoorStoreRig(std::size_t history)
      : door_({}, {}, server::kQuietLimit, history), history_(history) {
    server::store::EtcdOptions options = etcd_options(door_);
    options.history.events = history;
    key_overhead_ = options.prefix.size() + 1;
    store_ = std::make_unique<server::store::EtcdStore>(std::move(options));
  }

  server::store::Store& store() override { return *store_; }
  void pass(std::chrono::seconds time) override { door_.rig.pass(time); }

  // Both of them have a history.
  void compact() override {
    for (std::size_t i = 0; i < history_ * 5 / 4; ++i) put(*store_, "~filler", std::to_string(i));
  }
  std::size_t key_overhead() const override { return key_overhead_; }

 private:
  DoorRig door_;
  const std::size_t history_;
  std::size_t key_overhead_ = 0;
  std::unique_ptr<server::store::EtcdStore> store_;
};

}  // namespace test
