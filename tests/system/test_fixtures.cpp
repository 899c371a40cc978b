// agent-server fixtures: a described tree in the store of the configuration.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/support/etcd_cluster.hpp"
#include "tests/system/programs.hpp"

using namespace test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kTree = R"({
  "/lain/config/domain": "lain.local",
  "/lain/nodes/nodes/node1:192.0.2.1": {"name": "node1", "ip": "192.0.2.1"}
})";
constexpr const char* kDump =
    R"({"action":"get","node":{"key":"/lain","dir":true,"nodes":[{"key":"/lain/config","dir":true,"nodes":[)"
    R"({"key":"/lain/config/domain","value":"lain.local"},{"key":"/lain/config/lock","value":"1","ttl":5}]}]}})";

// Exit code and output.
std::pair<int, std::string> write_fixtures(const ServerProgram& server, const std::string& text) {
  const std::string file = server.dir().write("tree.json", text);
  return run_program(kServerProgram, {"fixtures", file, "--conf", server.conf()});
}

void stop(ServerProgram& server) {
  server.program().signal(SIGTERM);
  CHECK(server.program().wait() == 0);
}

}  // namespace

TEST_CASE("A described tree is in the embedded store when the server starts", "[system]") {
  ServerProgram server;
  const auto refused = write_fixtures(server, kTree);
  CHECK(refused.first == 1);
  CHECK_THAT(refused.second, Contains("agent-server that is running") && Contains("PUT /api/store/key"));
  stop(server);
  const auto written = write_fixtures(server, kTree);
  CHECK(written.first == 0);
  CHECK_THAT(written.second, Contains("2 keys written in 1 transactions; the store is at revision 2"));
  server.start();
  wait_until("the views show it", [&] { return server.get("/v2/nodes").find("node1") != std::string::npos; });
  CHECK(server.get("/v2/nodes") == R"({"node1:192.0.2.1":{"ip":"192.0.2.1","name":"node1"}})");
}

TEST_CASE("The dump of an etcd v2 tree moves into an etcd while its server runs", "[system]") {
  const EtcdCluster etcd;
  ServerProgram server("store.address = etcd://" + etcd.endpoint(0) + "/fleet\n");
  const auto written = write_fixtures(server, kDump);
  CHECK(written.first == 0);
  CHECK_THAT(written.second,
             Contains("1 keys written") && Contains("/lain/config/lock has a ttl and is left out"));
  wait_until("the views show it",
             [&] { return server.get("/v2/configwatcher") == R"({"domain":"lain.local"})"; });
}

TEST_CASE("A file that describes no keys changes nothing and is named", "[system]") {
  ServerProgram server;
  stop(server);
  const auto written = write_fixtures(server, R"({"/a": "1", "b": "2"})");
  CHECK(written.first == 1);
  CHECK_THAT(written.second, Contains("tree.json: 'b' is no key"));
  server.start();
  CHECK_THAT(server.get("/api/store/range"), Contains(R"("revision":1,)"));
}
