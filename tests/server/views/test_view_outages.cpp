// An etcd that hangs, or that the network cuts off, behind views that people watch.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/server/store/etcd_rig.hpp"
#include "tests/server/views/view_server.hpp"
#include "tests/support/fault_proxy.hpp"

using namespace server::views;
using namespace std::chrono_literals;
using server::store::EtcdOptions;
using server::store::EtcdStore;
using test::event;
using test::kDomain;
using test::ViewServer;
using test::WatchClient;

namespace {

EtcdOptions options_for(const std::string& endpoint) {
  EtcdOptions options;
  options.endpoints = {endpoint};
  options.random = [] { return 0.0; };
  options.timing.start = test::kPatience;
  options.timing.progress = 300ms;
  options.timing.silence = 1s;
  return options;
}

// A store behind an endpoint of a cluster that the test has.
class OutageRig : public test::StoreRig {
 public:
  explicit OutageRig(const std::string& endpoint) : store_(options_for(endpoint)) {}

  server::store::Store& store() override { return store_; }
  void pass(std::chrono::seconds) override {}
  void compact() override {}

 private:
  EtcdStore store_;
};

test::StoreFactory engine_at(const std::string& endpoint) {
  return {"an etcd that fails", [endpoint](std::size_t) { return std::make_unique<OutageRig>(endpoint); }};
}

// The next event that is no heartbeat.
std::string next_news(WatchClient& watch) {
  std::string said = watch.event();
  while (said.find("event: heartbeat") != std::string::npos) said = watch.event();
  return said;
}

void check_told(ViewServer& server, WatchClient& watch) {
  CHECK_THAT(next_news(watch), Catch::StartsWith("id: 0\nevent: error\ndata: store away: "));
  CHECK_THAT(watch.event(), Catch::Contains("event: heartbeat"));
  const test::ViewReply stale = server.get(kDomain);
  CHECK(stale.body == R"({"domain":"lain.local"})");
  CHECK_FALSE(stale.header("X-Agent-Stale").empty());
}

void wait_until_fresh(const ViewServer& server) {
  test::wait_until("fresh again", [&] { return server.get(kDomain).header("X-Agent-Stale").empty(); });
}

const std::string kWatch = std::string(kDomain) + "&watch=1&heartbeat=1";

}  // namespace

TEST_CASE("An etcd that hangs is told once, heartbeats go on, and the next change is an update", "[views]") {
  const test::EtcdCluster cluster;
  ViewServer server(ViewServer::local(), false, engine_at(cluster.endpoint(0)));
  WatchClient watch(server.port, kWatch);
  CHECK(watch.event() == event("1", "init", R"({"domain":"lain.local"})"));
  cluster.signal(0, SIGSTOP);
  check_told(server, watch);
  cluster.signal(0, SIGCONT);
  wait_until_fresh(server);
  server.put("/lain/config/domain", "after");
  CHECK(next_news(watch) == event("2", "update", R"({"domain":"after"})"));
}

TEST_CASE("An etcd that is cut off is told once, and what changed meanwhile arrives when it is back",
          "[views]") {
  const test::EtcdCluster cluster;
  test::FaultProxy proxy(cluster.port(0));
  ViewServer server(ViewServer::local(), false, engine_at(proxy.address()));
  WatchClient watch(server.port, kWatch);
  CHECK(watch.event() == event("1", "init", R"({"domain":"lain.local"})"));
  proxy.black_hole();
  check_told(server, watch);
  EtcdStore other(options_for(cluster.endpoint(0)));
  test::put(other, "/lain/config/domain", "lost");
  test::put(other, "/lain/config/domain", "meanwhile");
  proxy.go_on();
  CHECK(next_news(watch) == event("2", "update", R"({"domain":"meanwhile"})"));
  wait_until_fresh(server);
}
