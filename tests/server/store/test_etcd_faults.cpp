// An etcd of three members that fail.
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/server/store/etcd_writes.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/patience.hpp"

using namespace server::store;
using namespace std::chrono_literals;
using test::key_of;
using test::keys_until;
using test::options_for;
using test::put_once;
using Kind = WatchMessage::Kind;

namespace {

EtcdOptions options_through(const test::EtcdCluster& cluster, const test::FaultProxy& proxy) {
  EtcdOptions options = options_for(cluster);
  options.endpoints = {proxy.address()};
  return options;
}

// A store that can be cut off from its etcd, and another one that cannot.
struct CutOff {
  test::EtcdCluster cluster{};
  EtcdStore other{options_for(cluster)};
  test::FaultProxy proxy{cluster.port(0)};
  EtcdStore store{options_through(cluster, proxy)};
};

}  // namespace

TEST_CASE("The death of etcd's leader loses no write that was answered, and shows none twice",
          "[server][store]") {
  test::EtcdCluster cluster(3);
  EtcdStore store(options_for(cluster));
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  std::vector<std::string> written;
  for (int i = 0; i < 60; ++i) {
    if (i == 20) cluster.kill(cluster.leader());
    put_once(store, key_of(i));
    written.push_back(key_of(i));
  }
  CHECK(keys_until(*watch, written.back()) == written);
  CHECK(test::get(store, KeyRange::all()).items.size() == written.size());
}

TEST_CASE("A member that hangs is left, by reads within their deadline", "[server][store]") {
  test::EtcdCluster cluster(3);
  EtcdStore store(options_for(cluster));
  put_once(store, key_of(0));
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  // One of the others leads, so that there is no election besides.
  if (cluster.leader() == 0) {
    cluster.kill(0);
    cluster.start(0);
    cluster.wait_for(0);
    put_once(store, key_of(1));
  } else {
    put_once(store, key_of(1));
  }
  cluster.signal(0, SIGSTOP);
  CHECK(test::run(store.get(KeyRange::key(key_of(0)), 0, agent::Clock::now() + 6s)).items.size() == 1);
  put_once(store, key_of(2));
  CHECK(keys_until(*watch, key_of(2)) == std::vector<std::string>{key_of(1), key_of(2)});
  cluster.signal(0, SIGCONT);
}

TEST_CASE("Calls without a quorum end as unavailable, and watches go on afterwards", "[server][store]") {
  test::EtcdCluster cluster(3);
  EtcdStore store(options_for(cluster));
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  put_once(store, key_of(0));
  cluster.kill(1);
  cluster.kill(2);
  const Time deadline = agent::Clock::now() + kPatience;
  CHECK(test::fault_of([&] { test::run(store.txn(Txn::put("a", "x"), deadline)); }) == Fault::unavailable);
  CHECK(test::fault_of([&] { test::run(store.get(KeyRange::all(), 0, deadline)); }) == Fault::unavailable);
  CHECK(keys_until(*watch, key_of(0)).size() == 1);
  test::wait_until("the watch is lost",
                   [&] { return test::fault_of([&] { test::is_quiet(*watch); }) == Fault::unavailable; });
  // What is known can be looked at.
  const auto view = store.view(KeyRange::key(key_of(0)));
  CHECK(test::run(view->next(test::soon()))->items.size() == 1);
  cluster.start(1);
  cluster.start(2);
  put_once(store, key_of(1));
  CHECK(keys_until(*watch, key_of(1)).back() == key_of(1));
  test::wait_until("the watch is there", [&] { return !test::fault_of([&] { test::is_quiet(*watch); }); });
}

// etcd 3.4 and 3.5 say nothing of a delete at exactly the revision that they are compacted at.
TEST_CASE("A member that comes back after a long time has every write that was answered", "[server][store]") {
  test::EtcdCluster cluster(3);
  EtcdStore store(options_for(cluster));
  std::vector<std::string> written;
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i) {
      put_once(store, key_of(static_cast<int>(written.size())));
      written.push_back(key_of(static_cast<int>(written.size())));
    }
  };
  write(5);
  cluster.kill(2);
  write(150);
  cluster.compact();  // so that it cannot be told every change
  write(50);
  cluster.start(2);
  cluster.wait_for(2);
  // What follows needs it.
  cluster.kill(1);
  write(20);
  CHECK(keys_until(*watch, written.back()) == written);
  EtcdOptions options = options_for(cluster);
  options.endpoints = {cluster.endpoint(2)};
  EtcdStore other(std::move(options));
  CHECK(test::get(other, KeyRange::all()).items.size() == written.size());
}

TEST_CASE("Puts are unavailable while etcd has no space, all else goes on, and puts do afterwards",
          "[server][store]") {
  test::EtcdCluster cluster(1, {"--quota-backend-bytes", "4000000"});
  EtcdStore store(options_for(cluster));
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  const std::string value(300'000, 'v');
  const auto alarms = [&] { return cluster.call(0, "/v3/maintenance/alarm", R"({"action":"GET"})").body; };
  const auto has_space = [&] { return alarms().find("NOSPACE") == std::string::npos; };
  // A slow etcd may do what it did not answer in time.
  std::vector<std::string> written;
  for (int i = 0; i < 100 && has_space(); ++i)
    if (!test::fault_of([&] { test::put(store, key_of(i), value); })) written.push_back(key_of(i));
  REQUIRE_FALSE(has_space());
  REQUIRE_FALSE(written.empty());
  const std::vector<std::string> told = keys_until(*watch, written.back());
  CHECK(std::includes(told.begin(), told.end(), written.begin(), written.end()));
  CHECK(test::get(store, KeyRange::all()).items.size() >= written.size());
  CHECK(test::fault_of([&] { test::put(store, "a", "x"); }) == Fault::unavailable);
  CHECK_FALSE(test::fault_of([&] { test::erase(store, KeyRange::all()); }));
  CHECK(test::get(store, KeyRange::all()).items.empty());

  // What its operator does.
  cluster.compact();
  REQUIRE(cluster.call(0, "/v3/maintenance/defragment", "{}").status == 200);
  const std::string disarm = R"({"action":"DEACTIVATE","alarm":"NOSPACE","memberID":")" +
                             test::json_at(alarms(), "alarms.0.memberID") + "\"}";
  REQUIRE(cluster.call(0, "/v3/maintenance/alarm", disarm).status == 200);
  put_once(store, "b");
  CHECK(keys_until(*watch, "b").back() == "b");
}

TEST_CASE("What etcd compacted while the server was away is listed again, and only changes are shown",
          "[server][store]") {
  CutOff scene;
  auto& [cluster, other, proxy, store] = scene;
  test::put(store, "gone", "x");
  test::put(store, "kept", "x");
  const std::string id = store.id();
  const auto view = store.view(KeyRange::key("gone"));
  const auto same = store.view(KeyRange::key("kept"));
  for (View* one : {view.get(), same.get()}) REQUIRE(test::run(one->next(test::soon()))->items.size() == 1);
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});

  proxy.black_hole();
  proxy.reset();
  const Revision gone = test::erase(other, KeyRange::key("gone"));
  cluster.compact();
  proxy.go_on();
  const auto state = test::run(view->next(test::soon()));
  REQUIRE(state);
  CHECK(state->items.empty());
  CHECK(state->revision >= gone);
  CHECK_FALSE(test::run(same->next(test::now())));
  const WatchMessage end = test::next(*watch);
  CHECK(end.kind == Kind::cancelled);
  CHECK(end.reason.find("compacted") != std::string::npos);
  CHECK(store.id() == id);
  const auto next = store.watch({.range = KeyRange::all(), .from = state->revision + 1, .client = {}});
  test::put(other, "new", "y");
  CHECK(test::text(test::next(*next).events) == "new=y");
}

TEST_CASE("A server that was away is given every change, once", "[server][store]") {
  CutOff scene;
  auto& [cluster, other, proxy, store] = scene;
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  std::vector<std::string> written;
  for (int i = 0; i < 300; ++i) {
    if (i % 60 == 30) proxy.reset();
    put_once(other, key_of(i));
    written.push_back(key_of(i));
  }
  CHECK(keys_until(*watch, written.back()) == written);
}

TEST_CASE("Changes that are too large for one line come in fragments, each revision whole",
          "[server][store]") {
  CutOff scene;
  auto& [cluster, other, proxy, store] = scene;
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  proxy.black_hole();
  proxy.reset();
  const std::string value(kMaxTxn / 2 - 100, 'v');
  for (int i = 0; i < 6; ++i) {
    Txn txn = Txn::put(key_of(i) + "a", value);
    txn.then.emplace_back(PutOp{key_of(i) + "b", value, 0});
    test::txn(other, std::move(txn));
  }
  proxy.go_on();
  std::size_t events = 0;
  while (events < 12) {
    const WatchMessage message = test::next(*watch);
    REQUIRE(message.kind == Kind::events);
    REQUIRE(message.events.size() % 2 == 0);
    for (const Item& item : message.events) CHECK(item->value.size() == value.size());
    events += message.events.size();
  }
  CHECK(events == 12);
}

TEST_CASE("A member that cannot be reached any more is left, though nothing says so", "[server][store]") {
  test::EtcdCluster cluster;
  EtcdStore other(options_for(cluster));
  test::FaultProxy proxy(cluster.port(0));
  EtcdOptions options = options_for(cluster);
  options.endpoints = {proxy.address(), cluster.endpoint(0)};
  EtcdStore store(std::move(options));
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  put_once(store, key_of(0));
  CHECK(keys_until(*watch, key_of(0)).size() == 1);
  proxy.black_hole();
  put_once(other, key_of(1));
  CHECK(keys_until(*watch, key_of(1)) == std::vector<std::string>{key_of(1)});
  put_once(store, key_of(2));
  CHECK(keys_until(*watch, key_of(2)) == std::vector<std::string>{key_of(2)});
}
