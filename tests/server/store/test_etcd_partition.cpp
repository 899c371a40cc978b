// An etcd of three members, some of which do not hear each other any more. The store hears all of them.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/server/store/etcd_writes.hpp"
#include "tests/support/private_network.hpp"

using namespace server::store;
using namespace std::chrono_literals;
using test::key_of;
using test::keys_until;
using test::options_for;
using test::PrivateNetwork;
using test::put_once;

namespace {

constexpr uid_t kFirstUser = 61'301;

// What it says to the others is lost, and what they say to it.
void isolate(PrivateNetwork& network, const test::EtcdCluster& cluster, std::size_t member) {
  network.lose(cluster.peer_port(member));
  for (std::size_t other = 0; other < cluster.size(); ++other)
    if (other != member) network.lose(cluster.peer_port(other), cluster.user(member));
}

// The store begins with this member.
EtcdOptions options_from(const test::EtcdCluster& cluster, std::size_t member) {
  EtcdOptions options = options_for(cluster);
  std::swap(options.endpoints[0], options.endpoints[member]);
  return options;
}

}  // namespace

TEST_CASE("A leader that the others do not hear loses no write that was answered, and shows none twice",
          "[server][store]") {
  PrivateNetwork::run([](PrivateNetwork& network) {
    test::EtcdCluster cluster(3, {}, nullptr, kFirstUser);
    const std::size_t leader = cluster.leader();
    EtcdStore store(options_from(cluster, leader));
    const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
    std::vector<std::string> written;
    for (int i = 0; i < 60; ++i) {
      if (i == 20) isolate(network, cluster, leader);
      if (i == 40) network.heal();
      put_once(store, key_of(i));
      written.push_back(key_of(i));
    }
    CHECK(keys_until(*watch, written.back()) == written);
    CHECK(test::get(store, KeyRange::all()).items.size() == written.size());
    // The one that was apart has them, too.
    EtcdOptions options = options_for(cluster);
    options.endpoints = {cluster.endpoint(leader)};
    EtcdStore there(std::move(options));
    CHECK(test::get(there, KeyRange::all()).items.size() == written.size());
  });
}

TEST_CASE("Members that are all apart answer nothing beyond a deadline, and go on together",
          "[server][store]") {
  PrivateNetwork::run([](PrivateNetwork& network) {
    test::EtcdCluster cluster(3, {}, nullptr, kFirstUser);
    EtcdStore store(options_for(cluster));
    const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
    put_once(store, key_of(0));
    for (std::size_t member = 0; member < cluster.size(); ++member) network.lose(cluster.peer_port(member));
    const Time deadline = agent::Clock::now() + kPatience;
    CHECK(test::fault_of([&] { test::run(store.txn(Txn::put("a", "x"), deadline)); }) == Fault::unavailable);
    CHECK(test::fault_of([&] { test::run(store.get(KeyRange::all(), 0, deadline)); }) == Fault::unavailable);
    network.heal();
    put_once(store, key_of(1));
    const std::vector<std::string> seen = keys_until(*watch, key_of(1));
    CHECK(seen.front() == key_of(0));
    CHECK(seen.size() <= 3);  // and the put of "a", if it happened after all
  });
}
