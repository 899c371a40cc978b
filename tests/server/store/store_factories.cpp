#include <cstdlib>

#include "tests/server/store/door_store_rig.hpp"
#include "tests/server/store/etcd_rig.hpp"
#include "tests/server/store/sqlite_rig.hpp"
#include "tests/server/store/store_rig.hpp"

namespace test {
namespace {

// STORE_ETCD_MEMBERS=3: the same tests on more members than one.
const EtcdCluster& shared_etcd() {
  const char* wanted = std::getenv("STORE_ETCD_MEMBERS");
  static const EtcdCluster cluster(wanted == nullptr ? 1 : std::strtoul(wanted, nullptr, 10));
  return cluster;
}

}  // namespace

const std::vector<StoreFactory>& store_factories() {
  static const std::vector<StoreFactory> factories{
      {"embedded", [](std::size_t history) { return std::make_unique<SqliteRig>(history); }},
      {"etcd", [](std::size_t history) { return std::make_unique<EtcdRig>(history, shared_etcd()); }, 10'000},
      {"door", [](std::size_t history) { return std::make_unique<DoorStoreRig>(history); }, 10'000},
  };
  return factories;
}

}  // namespace test
