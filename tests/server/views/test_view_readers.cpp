// Readers that stall, leave or come all at once, and stores that go away.
#include <catch2/catch.hpp>
#include <future>
#include <vector>

#include "tests/server/store/etcd_rig.hpp"
#include "tests/server/views/view_server.hpp"

using namespace server::views;
using test::event;
using test::kDomain;
using test::ViewReply;
using test::ViewServer;
using test::WatchClient;

namespace {

const std::string kFiller(200'000, 'x');

// That were told to any watcher.
std::uint64_t updates(ViewServer& server) { return server.board().counters.events[1].value(); }

// A watch of settings whose socket holds little, and is read by the byte.
class SlowWatch {
 public:
  explicit SlowWatch(std::uint16_t port) : watch_(port, std::string(kDomain) + "&watch=1") {
    watch_.event();
    watch_.client().socket().set_option(asio::socket_base::receive_buffer_size(16 * 1024));
  }

  void read_a_byte() {
    char byte = 0;
    asio::error_code nothing;
    watch_.client().socket().read_some(asio::buffer(&byte, 1), nothing);
  }
  // False: it has ended before.
  bool reads_on_until(const std::string& text) {
    std::string said = "x";
    while (!said.empty() && said.find(text) == std::string::npos) said = watch_.event();
    return !said.empty();
  }

 private:
  WatchClient watch_;
};

}  // namespace

TEST_CASE("A store that is away is told, and the last state served", "[views]") {
  ViewServer server;
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1&heartbeat=1");
  watch.event();
  server.store_switch.is_away = true;
  CHECK(watch.event() == event("0", "error", "store away: no quorum"));
  const ViewReply stale = server.get(kDomain);
  CHECK(stale.status == 200);
  CHECK(stale.body == R"({"domain":"lain.local"})");
  CHECK_THAT(stale.header("X-Agent-Stale"), Catch::Matches("[0-9]+\\.[0-9]"));
  for (int i = 0; i < 2; ++i)
    CHECK(watch.event() == "id: 0\nevent: heartbeat\n\n");  // it is tried again meanwhile
  server.put("/lain/config/domain", "missed");
  server.store_switch.is_away = false;
  std::string next;
  while ((next = watch.event()).find("heartbeat") != std::string::npos) {
  }
  CHECK(next == event("2", "update", R"({"domain":"missed"})"));
  test::wait_until("fresh again", [&] { return server.get(kDomain).header("X-Agent-Stale").empty(); });
}

TEST_CASE("Before the first list a view is not served", "[views]") {
  ViewServer server(ViewServer::local(), true);
  const ViewReply reply = server.get(kDomain);
  CHECK(reply.status == 503);
  CHECK(reply.header("Retry-After") == "1");
  CHECK(server.get("/debug").status == 503);
  CHECK(server.get("/appname").status == 503);
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1&heartbeat=1");
  CHECK(watch.event() == "id: 0\nevent: heartbeat\n\n");
  server.store_switch.is_away = false;
  std::string next;
  while ((next = watch.event()).find("heartbeat") != std::string::npos) {
  }
  CHECK(next == event("1", "init", R"({"domain":"lain.local"})"));
}

TEST_CASE("A watcher that reads a byte now and then holds up nobody, and costs the server little",
          "[views]") {
  // It is not cut off meanwhile, however slow this machine is.
  ViewServer server(ViewServer::local(), false, test::store_factories().front(), std::chrono::minutes(10));
  SlowWatch slow(server.port);
  WatchClient quick(server.port, std::string(kDomain) + "&watch=1");
  quick.event();
  constexpr std::uint64_t kChanges = 150;
  std::string last;
  for (std::uint64_t i = 0; i < kChanges; ++i) {
    last = std::to_string(i) + kFiller;
    server.put("/lain/config/domain", last);
    REQUIRE(quick.event().find("\"" + last + "\"") != std::string::npos);
    slow.read_a_byte();
  }
  // Those of the other, and what the sockets hold: all of them for a server that queues.
  CHECK(updates(server) < kChanges + kChanges / 2);
  CHECK(slow.reads_on_until("\"" + last + "\""));
}

TEST_CASE("A watcher that takes nothing of a large state in the time for that is cut off", "[views]") {
  ViewServer server(ViewServer::local(), false, test::store_factories().front(),
                    std::chrono::milliseconds(100));
  SlowWatch slow(server.port);
  WatchClient patient(server.port, "/v2/configwatcher?target=other&watch=1");
  patient.event();
  int changes = 0;
  test::wait_until("it is cut off", [&] {
    server.put("/lain/config/domain", std::to_string(++changes) + kFiller);
    slow.read_a_byte();
    return server.board().watches == 1;
  });
  CHECK_FALSE(slow.reads_on_until("\"" + std::to_string(changes) + kFiller + "\""));
  server.put("/lain/config/other", "new");
  CHECK(patient.event() == event("2", "update", R"({"other":"new"})"));
}

TEST_CASE("The last state arrives at a reader who stalled", "[views]") {
  const auto& engine = GENERATE(from_range(test::store_factories()));
  INFO(engine.name);
  ViewServer server(ViewServer::local(), false, engine);
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1");
  watch.client().socket().set_option(asio::socket_base::receive_buffer_size(16 * 1024));
  watch.event();
  std::string last;
  server::store::Revision revision = 0;
  for (int i = 0; i < 120; ++i) {
    last = std::to_string(i) + std::string(200'000, 'x');
    revision = server.put("/lain/config/domain", last);
  }
  server.wait_for(revision);
  int events = 0;
  std::string said;
  do {
    said = watch.event();
    ++events;
  } while (!said.empty() && said.find("\"" + last + "\"") == std::string::npos);
  CHECK_FALSE(said.empty());
  CHECK(events < 120);
}

TEST_CASE("Watches that are opened while a key is hammered end with the store's state", "[views]") {
  const auto& engine = GENERATE(from_range(test::store_factories()));
  INFO(engine.name);
  ViewServer server(ViewServer::local(), false, engine);
  std::vector<std::unique_ptr<WatchClient>> watches;
  for (int i = 0; i < 1000; ++i) {
    server.put("/lain/config/domain", std::to_string(i));
    watches.push_back(std::make_unique<WatchClient>(server.port, std::string(kDomain) + "&watch=1"));
  }
  server.put("/lain/config/domain", "end");
  for (const auto& watch : watches) {
    std::string said = "x";
    while (!said.empty() && said.find("\"end\"") == std::string::npos) said = watch->event();
    CHECK_FALSE(said.empty());
  }
}

TEST_CASE("All readers together have one watch of the store", "[views]") {
  const auto& engine = GENERATE(from_range(test::store_factories()));
  INFO(engine.name);
  ViewServer server(ViewServer::local(), false, engine);
  std::vector<std::unique_ptr<WatchClient>> watches;
  for (const ClusterView& view : cluster_views())
    for (int i = 0; i < 5; ++i)
      watches.push_back(
          std::make_unique<WatchClient>(server.port, std::string(view.path) + "?watch=1&appname=*"));
  for (const auto& watch : watches) CHECK_FALSE(watch->event().empty());
  CHECK(server.store_switch.views_begun == 1);
}

TEST_CASE("A watch is over for the server when its client is gone", "[views]") {
  ViewServer server;
  {
    WatchClient watch(server.port, std::string(kDomain) + "&watch=1");
    watch.event();
    CHECK(server.board().watches == 1);
    watch.client().reset();
  }
  test::wait_until("nobody watches", [&] { return server.board().watches == 0; });
  CHECK(server.board().reader_counts().empty());
}

TEST_CASE("A watcher that has shut its sending half is still told", "[views]") {
  ViewServer server;
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1");
  watch.event();
  watch.client().shut_down();
  server.put("/lain/config/domain", "new");
  CHECK(watch.event() == event("2", "update", R"({"domain":"new"})"));
}

TEST_CASE("A request behind a watch waits for its end, and the watch goes on", "[views]") {
  ViewServer server;
  test::RawClient client(server.port);
  const std::string second = "GET /v2/version HTTP/1.1\r\nHost: x\r\n\r\n";
  client.send("GET " + std::string(kDomain) + "&watch=1 HTTP/1.1\r\nHost: x\r\n\r\n" + second);
  client.read_until("\n\n");
  server.put("/lain/config/domain", "new");
  CHECK_THAT(client.read_until("\n\n"), Catch::Contains("event: update\ndata: {\"domain\":\"new\"}"));
}

TEST_CASE("Ten thousand connects in a row are all over, and a watch goes on", "[views]") {
  ViewServer server;
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1");
  watch.event();
  for (int i = 0; i < 10'000; ++i) {
    test::RawClient client(server.port);
    if (i % 2 == 0) client.send("GET " + std::string(kDomain) + "&watch=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    client.reset();
  }
  test::wait_until("all are gone", [&] { return server.connections() == 1; });
  CHECK(server.board().watches == 1);
  server.put("/lain/config/domain", "new");
  CHECK(watch.event() == event("2", "update", R"({"domain":"new"})"));
}

TEST_CASE("A server that stops ends its watches and answers its long polls", "[views]") {
  ViewServer server;
  const ViewReply first = server.get(kDomain);
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1");
  watch.event();
  auto poll = std::async(std::launch::async, [&] {
    return server.get(std::string(kDomain) + "&wait=10m&index=" + first.header("X-Agent-Index"));
  });
  test::wait_until("somebody polls", [&] { return server.board().reader_counts()[Area::config] == 2; });
  server.stop();
  CHECK(watch.event().empty());
  CHECK(poll.get().body == first.body);
}

TEST_CASE("An etcd that is killed and comes back is told once, and its next change is an update", "[views]") {
  test::EtcdCluster cluster;
  const test::StoreFactory engine{"etcd of its own", [&](std::size_t history) {
                                    return std::make_unique<test::EtcdRig>(history, cluster);
                                  }};
  ViewServer server(ViewServer::local(), false, engine);
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1");
  watch.event();
  cluster.kill(0);
  CHECK_THAT(watch.event(), Catch::StartsWith("id: 0\nevent: error\ndata: store away: "));
  CHECK_FALSE(server.get(kDomain).header("X-Agent-Stale").empty());
  cluster.start(0);
  cluster.wait_for(0);
  test::wait_until("fresh again", [&] { return server.get(kDomain).header("X-Agent-Stale").empty(); });
  server.put("/lain/config/domain", "2");
  CHECK(watch.event() == event("2", "update", R"({"domain":"2"})"));
}
