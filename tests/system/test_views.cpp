// The views of the real agent-server: over its store, with its settings, and until it stops.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/system/programs.hpp"

using namespace test;
using Catch::Matchers::Contains;

namespace {

void put(const ServerProgram& server, const std::string& key, const std::string& value) {
  const std::string body = server.client().request("PUT", "/api/store/key?key=" + key, {}, value).body;
  INFO(body);
  CHECK(body.find(R"("code":200)") != std::string::npos);
}

// The path answers so, soon: the views follow the store.
void wait_for_body(const ServerProgram& server, const std::string& path, const std::string& body) {
  wait_until(path, [&] { return server.get(path) == body; });
}

std::string read_until(HttpClient& client, const std::string& text) {
  std::string received;
  while (received.find(text) == std::string::npos) received += client.socket().receive();
  return received;
}

}  // namespace

TEST_CASE("The server shows its store and tells a watch what changes", "[system]") {
  ServerProgram server;
  put(server, "/lain/config/domain", "lain.local");
  wait_for_body(server, "/v2/configwatcher", R"({"domain":"lain.local"})");
  HttpClient watch = server.client();
  watch.send_request("GET", "/v2/configwatcher?watch=1");
  CHECK_THAT(read_until(watch, "lain.local"), Contains("id: 1\nevent: init\n"));
  put(server, "/lain/config/domain", "lain.example");
  CHECK_THAT(read_until(watch, "lain.example"), Contains("id: 2\nevent: update\n"));
  server.program().signal(SIGTERM);
  CHECK(server.program().wait(std::chrono::seconds(9)) == 0);
}

TEST_CASE("The settings of the views hold", "[system]") {
  ServerProgram server(
      "views.prefix = /fleet\nviews.ip = 192.0.2.1\nviews.auth = lain\nviews.heartbeat = 1s\n"
      "store.secret_prefixes = /fleet/config/password\n");
  put(server, "/fleet/config/domain", "lain.local");
  put(server, "/fleet/config/password", "hidden");
  put(server, "/fleet/deployd/pod_groups/hello/hello.web.web",
      R"({"Spec":{"Name":"hello.web.web","Namespace":"hello"},"Pods":[{"Containers":[{"NodeIp":"192.0.2.1"}]}]})");
  wait_for_body(server, "/v2/localspecwatcher", R"(["hello/hello.web.web"])");
  CHECK(server.get("/v2/configwatcher") == R"({"domain":"lain.local"})");
  HttpClient watch = server.client();
  watch.send_request("GET", "/v2/configwatcher?watch=1");
  CHECK_THAT(read_until(watch, "heartbeat"), Contains("event: init"));
}

TEST_CASE("The versions of the server and of the views have their forms", "[system]") {
  ServerProgram server;
  const std::string bare = server.get("/v2/version");
  CHECK_THAT(server.get("/version"), Contains(bare));
  CHECK(bare.find_first_not_of("0123456789.") == std::string::npos);
}
