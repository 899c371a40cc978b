#include <catch2/catch.hpp>
#include <future>

#include "tests/server/views/view_server.hpp"
#include "tests/support/get_from.hpp"
#include "tests/support/json_text.hpp"

using namespace server::views;
using test::event;
using test::get_from;
using test::json_at;
using test::kDomain;
using test::ViewReply;
using test::ViewServer;
using test::WatchClient;

TEST_CASE("A GET answers what a watch has as data", "[views]") {
  ViewServer server;
  for (const ClusterView& view : cluster_views()) {
    INFO(view.path);
    const std::string target = std::string(view.path) + (view.is_required ? "?appname=hello" : "?x=1");
    const ViewReply reply = server.get(target);
    CHECK(reply.status == 200);
    CHECK(reply.header("Content-Type") == "text/plain; charset=utf-8");
    CHECK(reply.header("Cache-Control") == "no-store");
    CHECK_FALSE(reply.header("X-Agent-Index").empty());
    CHECK(reply.header("X-Agent-Stale").empty());
    if (!view.can_watch) continue;
    WatchClient watch(server.port, target + "&watch=1");
    CHECK(watch.event() == event("1", "init", reply.body));
  }
}

TEST_CASE("A watch has a head that nothing on the way may change", "[views]") {
  ViewServer server;
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1", "Accept-Encoding: gzip\r\n");
  for (const char* line : {"HTTP/1.1 200 OK\r\n", "\r\nContent-Type: text/event-stream\r\n",
                           "\r\nX-Accel-Buffering: no\r\n", "\r\nCache-Control: no-store, no-transform\r\n",
                           "\r\nVary: Accept-Encoding\r\n", "\r\nContent-Encoding: identity\r\n"})
    CHECK_THAT(watch.head, Catch::Contains(line));
  CHECK_THAT(watch.head, !Catch::Contains("Content-Length") && !Catch::Contains("Transfer-Encoding"));
  test::RawClient modern(server.port);
  modern.send("GET " + std::string(kDomain) + "&watch=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_THAT(modern.read_until("\r\n\r\n"), Catch::Contains("Transfer-Encoding: chunked\r\n"));
}

TEST_CASE("A watch follows the store", "[views]") {
  const auto& engine = GENERATE(from_range(test::store_factories()));
  INFO(engine.name);
  ViewServer server(ViewServer::local(), false, engine);
  WatchClient watch(server.port, std::string(kDomain) + "&watch=true");
  CHECK(watch.event() == event("1", "init", R"({"domain":"lain.local"})"));
  server.put("/lain/config/domain", "lain.local");  // the same
  server.put("/lain/config/other", "x");
  server.put("/lain/config/domain", "lain.example");
  CHECK(watch.event() == event("2", "update", R"({"domain":"lain.example"})"));
  server.erase("/lain/config/domain");
  CHECK(watch.event() == event("3", "delete", "{}"));
  server.put("/lain/config/domain", "back");
  CHECK(watch.event() == event("4", "update", R"({"domain":"back"})"));
}

TEST_CASE("What watch means", "[views]") {
  ViewServer server;
  for (const std::string value : {"watch=0", "watch=false", "watch=", "watch", "watch=0&watch=1"})
    CHECK(server.get(std::string(kDomain) + "&" + value).body == R"({"domain":"lain.local"})");
  for (const std::string value : {"watch=1", "watch=true", "watch=maybe", "watch=2", "watch=1&watch=0"})
    CHECK(WatchClient(server.port, std::string(kDomain) + "&" + value).event() ==
          event("1", "init", R"({"domain":"lain.local"})"));
}

TEST_CASE("A heartbeat that is no positive integer is none", "[views]") {
  ViewServer server;
  for (const std::string value :
       {"-1", "0", "0.1", "1000000000", "text", "", "99999999999999999999", "0&heartbeat=1"}) {
    INFO(value);
    WatchClient watch(server.port, std::string(kDomain) + "&watch=1&heartbeat=" + value);
    watch.event();
    server.put("/lain/config/domain", value);
    CHECK_THAT(watch.event(), Catch::Contains("event: update\n"));
    server.wait_for(server.put("/lain/config/domain", "lain.local"));
  }
}

TEST_CASE("Heartbeats come on their own", "[views]") {
  ViewServer server;
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1&heartbeat=1");
  watch.event();
  CHECK(watch.event() == "id: 0\nevent: heartbeat\n\n");
}

TEST_CASE("views.heartbeat is for clients that ask for none", "[views]") {
  ViewOptions options = ViewServer::local();
  options.heartbeat = std::chrono::seconds(1);
  ViewServer server(options);
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1");
  watch.event();
  CHECK(watch.event() == "id: 0\nevent: heartbeat\n\n");
}

TEST_CASE("A missing parameter is a 400, and one error event of a watch", "[views]") {
  ViewServer server;
  CHECK(server.get("/v2/procwatcher").status == 400);
  CHECK(server.get("/v2/procwatcher?appname=").body == "appname required");
  WatchClient watch(server.port, "/v2/procwatcher?watch=1");
  CHECK(watch.event() == event("0", "error", "appname required"));
  CHECK(watch.event().empty());
}

TEST_CASE("localspecquery refuses to be watched", "[views]") {
  ViewServer server;
  WatchClient watch(server.port, "/v2/localspecquery?watch=1");
  CHECK(watch.event() == event("0", "error", "watch is not supported"));
  CHECK(watch.event().empty());
}

TEST_CASE("Odd targets find nothing and harm nothing", "[views]") {
  ViewServer server;
  for (const std::string target : {"..%2f..%2f", "..", "a%00b", "%FF", "%"}) {
    const ViewReply reply = server.get("/v2/configwatcher?target=" + target);
    CHECK(reply.status == 200);
    CHECK(reply.body == "{}");
  }
  CHECK(server.get("/v2/configwatcher?target=").body == server.get("/v2/configwatcher").body);
  const int status = server.get("/v2/configwatcher?target=" + std::string(65536, 'x')).status;
  CHECK((status == 200 || status == 414 || status == 431));
  CHECK(server.get("/v2/configwatcher?target=domain&target=vip").body == R"({"domain":"lain.local"})");
  CHECK(server.get("/v2/nodes?name=node1:192.168.77.21").body == "{}");  // the name has no colon
  CHECK(server.get("/v2/containers?nodename=node1:x").body == "{}");
  CHECK(server.get("/v2/nothing").status == 404);
}

TEST_CASE("The half rule keeps the stream, and the next good state is an update", "[views]") {
  ViewServer server;
  const std::string target = "/v2/webrouter/webprocs";
  const std::string good = server.get(target).body;
  WatchClient watch(server.port, target + "?watch=1");
  CHECK(watch.event() == event("1", "init", good));
  server.wait_for(server.put(test::kWebKey, test::web_group("", "")));
  CHECK(watch.event() == event("0", "error", "over half of the containers lost their IPs"));
  const ViewReply refused = server.get(target);
  CHECK(refused.status == 500);
  CHECK(refused.body == "over half of the containers lost their IPs");
  server.put(test::kWebKey, test::web_group("172.20.0.11", "172.20.0.12"));
  CHECK(watch.event() == event("2", "update", good));
}

TEST_CASE("A watch ends with its error under close_on_error", "[views]") {
  ViewOptions options = ViewServer::local();
  options.close_on_error = true;
  ViewServer server(options);
  WatchClient watch(server.port, "/v2/webrouter/webprocs?watch=1");
  watch.event();
  server.put(test::kWebKey, test::web_group("", ""));
  CHECK(watch.event() == event("0", "error", "over half of the containers lost their IPs"));
  CHECK(watch.event().empty());
}

TEST_CASE("A long poll waits for the view's next change", "[views]") {
  ViewServer server;
  const ViewReply first = server.get(kDomain);
  const std::string index = first.header("X-Agent-Index");
  auto poll = std::async(std::launch::async,
                         [&] { return server.get(std::string(kDomain) + "&wait=30s&index=" + index); });
  test::wait_until("somebody polls", [&] { return server.board().reader_counts()[Area::config] == 1; });
  server.wait_for(server.put("/lain/config/other", "x"));  // wakes nobody
  CHECK(poll.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  const auto revision = server.put("/lain/config/domain", "new");
  const ViewReply second = poll.get();
  CHECK(second.body == R"({"domain":"new"})");
  CHECK(second.header("X-Agent-Index") == std::to_string(revision));
}

TEST_CASE("A long poll ends with its wait, and the state as it is", "[views]") {
  ViewServer server;
  const ViewReply first = server.get(kDomain);
  const ViewReply second =
      server.get(std::string(kDomain) + "&wait=1ms&index=" + first.header("X-Agent-Index"));
  CHECK(second.body == first.body);
  CHECK(second.header("X-Agent-Index") == first.header("X-Agent-Index"));
}

TEST_CASE("Any other index answers at once", "[views]") {
  ViewServer server;
  for (const std::string index : {"0", "1", "1000000", "9223372036854775807"})
    CHECK(server.get(std::string(kDomain) + "&wait=10m&index=" + index).status == 200);
}

TEST_CASE("Parameters of ours that make no sense are refused", "[views]") {
  ViewServer server;
  for (const std::string query : {"index=x", "index=-1", "index=1.5", "index=1&wait=soon", "index=1&wait=-1s",
                                  "watch=1&settle=never"}) {
    INFO(query);
    const ViewReply reply = server.get(std::string(kDomain) + "&" + query);
    CHECK(reply.status == 400);
    CHECK_THAT(reply.body, Catch::StartsWith("bad param: "));
  }
}

TEST_CASE("Ids that are revisions resume a watch", "[views]") {
  ViewServer server;
  const std::string target = std::string(kDomain) + "&watch=1&ids=revision";
  const auto revision = std::to_string(server.put("/lain/config/domain", "1"));
  server.wait_for(std::stoll(revision));
  WatchClient back(server.port, target, "Last-Event-ID: " + revision + "\r\n");
  test::wait_until("it watches", [&] { return server.board().reader_counts()[Area::config] == 1; });
  const auto next = std::to_string(server.put("/lain/config/domain", "2"));
  const std::string said = back.event();
  CHECK((said == event(next, "update", R"({"domain":"2"})") ||
         said == event(next, "init", R"({"domain":"2"})")));
  for (const std::string old : {"1", "999999", "x"})
    CHECK(WatchClient(server.port, target, "Last-Event-ID: " + old + "\r\n").event() ==
          event(next, "init", R"({"domain":"2"})"));
  WatchClient plain(server.port, std::string(kDomain) + "&watch=1", "Last-Event-ID: " + next + "\r\n");
  CHECK(plain.event() == event("1", "init", R"({"domain":"2"})"));
}

TEST_CASE("Settled changes arrive together", "[views]") {
  ViewServer server;
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1&settle=500ms");
  watch.event();
  for (int i = 0; i < 20; ++i) server.put("/lain/config/domain", std::to_string(i));
  CHECK_THAT(watch.event(), Catch::StartsWith("id: 2\nevent: update\n") && Catch::Contains("\"19\""));
}

TEST_CASE("The source address says who may read what, with views.auth", "[views]") {
  constexpr const char* kContainer = "127.0.0.2";
  ViewOptions options = ViewServer::local();
  options.lain_access = true;
  ViewServer server(options);
  server.wait_for(server.put(test::kWebKey, test::web_group(kContainer, "")));
  CHECK(get_from(kContainer, server.port, "/v2/configwatcher?target=v") == R"({"voice":"\u003cloud\u003e"})");
  CHECK(get_from(kContainer, server.port, "/v2/configwatcher?target=vip") ==
        "authorize failed, super required");
  CHECK(get_from(kContainer, server.port, "/v2/nodes") == "authorize failed, super required");
  CHECK(get_from(kContainer, server.port, "/v2/nodes?watch=1") ==
        event("0", "error", "authorize failed, super required"));
  CHECK(get_from(kContainer, server.port, "/appname") == "authorize failed, super required");
  CHECK(get_from(kContainer, server.port, "/v2/appswatcher") == "authorize failed, super required");
  CHECK(get_from(kContainer, server.port, "/v2/proxywatcher") ==
        server.get("/v2/proxywatcher?appname=hello").body);
  CHECK(get_from("127.0.0.3", server.port, "/v2/proxywatcher") ==
        "authorize failed, can not confirm the app by request ip");
}

TEST_CASE("Secret names are filtered for those who are not super without views.auth, too", "[views]") {
  ViewServer server;
  CHECK(get_from("127.0.0.2", server.port, "/v2/configwatcher?target=v") ==
        R"({"voice":"\u003cloud\u003e"})");
  CHECK(get_from("127.0.0.2", server.port, "/v2/configwatcher?target=vip") == "{}");
  CHECK(get_from("127.0.0.2", server.port, "/v2/nodes") == server.get("/v2/nodes").body);
  CHECK_THAT(server.get("/v2/configwatcher?target=vip").body, Catch::Contains("192.168.77.200"));
}

TEST_CASE("A secret prefix of the store hides its keys from everybody", "[views]") {
  ViewOptions options = ViewServer::local();
  options.secrets = server::store::SecretPrefixes({"/lain/config/vip", "/lain/nodes/"});
  ViewServer server(options);
  CHECK(server.get("/v2/configwatcher?target=v").body == R"({"voice":"\u003cloud\u003e"})");
  CHECK(server.get("/v2/nodes").body == "{}");
  CHECK_THAT(server.get("/debug").body, !Catch::Contains("/lain/nodes/") && Catch::Contains("podgroup"));
  const std::string index = server.get("/v2/configwatcher").header("X-Agent-Index");
  server.wait_for(server.put("/lain/config/vip", "changed"));
  CHECK(server.get("/v2/configwatcher").header("X-Agent-Index") == index);
}

TEST_CASE("/appname tells whose an address is", "[views]") {
  ViewServer server;
  CHECK(server.get("/appname?ip=172.20.0.11").body == R"({"appname":"hello"})");
  CHECK(server.get("/appname?ip=172.20.0.41").body == R"({"appname":"mysql-service"})");
  const ViewReply unknown = server.get("/appname");
  CHECK(unknown.status == 500);
  CHECK(unknown.body == "unkown address 127.0.0.1");
}

TEST_CASE("/debug shows keys, counts and what is malformed, never values", "[views]") {
  ViewServer server;
  WatchClient watch(server.port, std::string(kDomain) + "&watch=1");
  watch.event();
  server.put("/lain/config/vip", "secret-value");
  server.wait_for(server.put(test::kEchoKey, R"(["secret-value"])"));
  const std::string body = server.get("/debug").body;
  CHECK(json_at(body, "connections") == "1");
  CHECK(json_at(body, "watchers.config.NumReceivers") == "1");
  CHECK(json_at(body, "watchers.config.TotalKeys") == "5");
  CHECK(json_at(body, "watchers.config.LastEvent.Key") == "/lain/config/vip");
  CHECK(json_at(body, "watchers.podgroup.TotalKeys") == "3");
  CHECK(json_at(body, "malformed") == "1");
  CHECK_THAT(body, Catch::Contains("\"" + std::string(test::kEchoKey) + "\":\""));
  CHECK(body.find("secret-value") == std::string::npos);
}

TEST_CASE("The series tell watches, events, refusals and what is malformed", "[views]") {
  ViewServer server;
  CHECK_THAT(server.series(), Catch::Contains("agent_server_views_ready 1\n") &&
                                  Catch::Contains("agent_server_views_watches 0\n") &&
                                  Catch::Contains("agent_server_views_stale_seconds 0\n") &&
                                  Catch::Contains("agent_server_views_made_total 0\n"));
  WatchClient watch(server.port, "/v2/webrouter/webprocs?watch=1");
  watch.event();
  server.put(test::kWebKey, test::web_group("", ""));
  CHECK_THAT(watch.event(), Catch::Contains("event: error"));
  server.wait_for(server.put("/lain/nodes/nodes/bad:1", "no JSON"));
  CHECK_THAT(server.series(), Catch::Contains("agent_server_views_watches 1\n") &&
                                  Catch::Contains("agent_server_views_events_total{event=\"init\"} 1\n") &&
                                  Catch::Contains("agent_server_views_events_total{event=\"error\"} 1\n") &&
                                  Catch::Contains("agent_server_views_refused_total 1\n") &&
                                  Catch::Contains("agent_server_views_malformed 1\n"));
}

TEST_CASE("/v2/version is the version and nothing else", "[views]") {
  ViewServer server;
  CHECK(server.get("/v2/version").body == "2.0.0");
}

TEST_CASE("Another prefix shows other keys", "[views]") {
  ViewOptions options = ViewServer::local();
  options.prefix = "/test/lain";
  ViewServer server(options);
  CHECK(server.get(kDomain).body == "{}");
  server.wait_for(server.put("/test/lain/config/domain", "other"));
  CHECK(server.get(kDomain).body == R"({"domain":"other"})");
}
