#include <catch2/catch.hpp>

#include "tests/server/api_server.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::HttpReply;
using test::stable;

TEST_CASE("The server tells what it is", "[server]") {
  ApiServer server;
  CHECK(stable(server.get("/api/info/server").body) ==
        R"({"code":200,"payload":{"id":"cluster-01","version":"2.0.0","agents":0,"is_blocking":false}})");
  HttpReply version = server.get("/version");
  CHECK(version.body == R"({"name":"agent-server","version":"2.0.0"})");
  CHECK_THAT(version.head, Catch::Contains("Content-Type: application/json; charset=utf-8\r\n"));
}

TEST_CASE("A server that stops is healthy and not ready", "[server]") {
  ApiServer server;
  CHECK(server.get("/healthz").body == "ok");
  CHECK(server.get("/readyz").status == 200);
  server.hub().stop();
  CHECK(server.get("/healthz").status == 200);
  CHECK(server.get("/readyz").status == 503);
}

TEST_CASE("Metrics are Prometheus text", "[server]") {
  ApiServer server;
  HttpReply reply = server.get("/metrics");
  CHECK(reply.status == 200);
  CHECK_THAT(reply.head, Catch::Contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  CHECK_THAT(reply.body, Catch::Contains("agent_count 0"));
}

TEST_CASE("Calls of the API are counted and timed under both kinds of names", "[server]") {
  ApiServer server;
  server.get("/api/foo/nobody");
  server.get("/api/foo/nobody");
  server.get("/api/info/server");
  server.get("/nothing");
  std::string text = server.get("/metrics").body;
  CHECK_THAT(text, Catch::Contains("api_counter__api_foo_:id:GET 2\n"));
  CHECK_THAT(text, Catch::Contains("api_counter__api_info_server:GET 1\n"));
  CHECK_THAT(text, Catch::Contains("api_pref__api_foo_:id:GET{tag=\"p99\"}"));
  CHECK_THAT(
      text,
      Catch::Contains(
          "agent_server_http_request_seconds_count{route=\"/api/foo/{id}\",method=\"GET\",code=\"404\"} 2\n"));
  CHECK_THAT(text, Catch::Contains("agent_server_http_unmatched_total 1\n"));
}

TEST_CASE("A cache disk that is too full blocks the API and nothing else", "[server]") {
  ApiServer server(0);
  server.api().start(server.loop());
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!server.api().blocked() && std::chrono::steady_clock::now() < deadline) server.get("/healthz");
  REQUIRE(server.api().blocked());
  for (const char* path : {"/api/info/server", "/api/agents", "/api/agents/x/log/download?files=a"}) {
    HttpReply reply = server.get(path);
    CHECK(reply.status == 200);
    CHECK(stable(reply.body) == R"({"code":503,"msg":"rate limit"})");
  }
  CHECK(server.get("/version").status == 200);
}

TEST_CASE("Used percent counts as df does", "[server]") {
  CHECK(server::used_percent(100, 50, 50) == 50);
  CHECK(server::used_percent(100, 50, 30) == Approx(62.5));  // 20 are kept for root
  CHECK(server::used_percent(100, 0, 0) == 100);
  CHECK(server::used_percent(0, 0, 0) == 0);
}

TEST_CASE("A server whose data directory cannot be written is not ready, and says why", "[server]") {
  test::TempDir dir;
  const std::string path = dir.file("disk");
  test::SmallDisk disk(path);
  if (!disk.is_mounted()) return;  // only root can make one
  server::Audit audit(path);
  server::Readiness readiness(path, audit);
  auto now = server::Readiness::Clock::now();
  CHECK_FALSE(readiness.fault(now));
  CHECK(std::distance(std::filesystem::directory_iterator(path), {}) ==
        2);  // nothing but the audit log and its ring

  {
    std::ofstream filler(path + "/filler");
    while (filler.write("0123456789abcdef", 16) && filler.flush()) {
    }
  }
  CHECK_FALSE(readiness.fault(now));  // what was found just now is told
  now += server::Readiness::kPeriod;
  CHECK(readiness.fault(now) == "data_dir cannot be written: No space left on device");
  std::filesystem::remove(path + "/filler");
  now += server::Readiness::kPeriod;
  CHECK_FALSE(readiness.fault(now));
}

TEST_CASE("A server whose data directory is gone is not ready", "[server]") {
  ApiServer server;
  std::filesystem::rename(server.directory.path(), server.directory.path() + ".away");
  const HttpReply reply = server.get("/readyz");
  std::filesystem::rename(server.directory.path() + ".away", server.directory.path());
  CHECK(reply.status == 503);
  CHECK(reply.body == "data_dir cannot be written: No such file or directory");
  CHECK(server.get("/healthz").status == 200);
}

TEST_CASE("The list of routes and its document ask for no token", "[server]") {
  ApiServer server;
  const HttpReply list = server.get("/docs");
  CHECK(list.status == 200);
  CHECK_THAT(list.head, Catch::Contains("Content-Type: text/html; charset=utf-8\r\n") &&
                            Catch::Contains("X-Frame-Options: DENY\r\n") &&
                            Catch::Contains("frame-ancestors 'none'"));
  CHECK_THAT(list.body, Catch::Contains("<a href=\"/docs/openapi.json\">"));
  CHECK(server.get("/docs/openapi.json").status == 200);
  std::size_t open = 0;
  for (const auto& route : server.router().routes()) {
    if (!route->pattern.starts_with("/docs")) continue;
    ++open;
    CHECK_FALSE(route->authenticate);
  }
  CHECK(open >= 3);
}
