// An EtcdStore whose etcd is an embedded server: what the conformance tests do not meet.
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>

#include "store/store_restore.hpp"
#include "tests/server/store/door_store_rig.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/temp_dir.hpp"

using namespace server::store;
using namespace std::chrono_literals;
using test::DoorRig;
using test::put;

namespace {

std::unique_ptr<DoorRig> open_door(const std::string& path) {
  SqliteStoreOptions options;
  options.path = path;
  return std::make_unique<DoorRig>(std::vector<std::string>{}, std::set<std::string>{}, server::kQuietLimit,
                                   test::kShortHistory, options);
}

EtcdOptions options_through(const DoorRig& door, const test::FaultProxy& proxy) {
  EtcdOptions options = test::etcd_options(door);
  options.endpoints = {proxy.address()};
  return options;
}

// So often that no two pages of a list are at one revision.
agent::Task<> write_on(Store* store, const std::atomic<bool>* is_over) {
  while (!*is_over) {
    auto writing = store->txn(Txn::put("beside", "x"), test::soon());
    co_await std::move(writing);
  }
}

}  // namespace

TEST_CASE("The watch of a server that has no history is begun once, and goes on", "[server][store]") {
  test::TempDir directory;
  const std::string path = directory.file("store.db");
  StoreCopy copy;
  {
    const auto door = open_door(path);
    EtcdStore store(test::etcd_options(*door));
    put(store, "a", "old");
    copy = test::run(door->store().copy(test::soon()));
  }
  restore_store(copy, path);
  const auto door = open_door(path);
  test::FaultProxy proxy(door->port);
  EtcdStore store(options_through(*door, proxy));
  // Without end it would list and connect again meanwhile.
  for (int i = 0; i < 300; ++i) REQUIRE(test::value(store, "a") == "old");
  CHECK(proxy.accepted() < 12);
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  put(store, "a", "new");
  CHECK(test::text(test::next(*watch).events) == "a=new");
}

TEST_CASE("A long list of a server whose keys change all the time comes to its end", "[server][store]") {
  DoorRig door;
  EtcdStore store(test::etcd_options(door));
  for (int i = 0; i < 30; ++i) {
    Txn txn;
    for (int j = 0; j < 100; ++j) txn.then.emplace_back(PutOp{"k" + std::to_string(i * 100 + j), "x", 0});
    test::txn(store, std::move(txn));
  }
  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    test::detail::on_loop_of_its_own([&](agent::net::Loop&) { return write_on(&door.store(), &is_over); });
  });
  const Revision begin = door.store().revision();
  test::wait_until("writes", [&] { return door.store().revision() > begin + 10; });
  std::size_t found = 0;
  const auto fault = test::fault_of([&] { found = test::get(store, KeyRange::all()).items.size(); });
  is_over = true;
  writer.join();
  CHECK_FALSE(fault);
  CHECK(found == 3000);
}

TEST_CASE("A server that starts anew is found again, and the watch misses nothing", "[server][store]") {
  test::TempDir directory;
  const std::string path = directory.file("store.db");
  auto door = open_door(path);
  test::FaultProxy proxy(door->port);
  EtcdStore store(options_through(*door, proxy));
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  put(store, "a", "1");
  CHECK(test::text(test::next(*watch).events) == "a=1");
  const std::string id = store.id();
  door.reset();
  CHECK(test::fault_of([&] { test::run(store.txn(Txn::put("b", "2"), agent::Clock::now() + 2s)); }) ==
        Fault::unavailable);
  door = open_door(path);
  put(door->store(), "agent/c", "3");  // before the store is back
  proxy.set_target(door->port);
  test::wait_until("a put", [&] { return !test::fault_of([&] { put(store, "d", "4"); }); });
  std::string seen;
  while (seen.find("d=4") == std::string::npos) seen += test::text(test::next(*watch).events) + " ";
  CHECK(seen == "c=3 d=4 ");
  CHECK(store.id() == id);
}
