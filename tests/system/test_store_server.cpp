// The store of the real agent-server: where it is, what it survives, and what its settings change.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "tests/support/etcd_cluster.hpp"
#include "tests/system/programs.hpp"

using namespace test;
using Catch::Matchers::Contains;

namespace {

std::string put(const ServerProgram& server, const std::string& key, const std::string& value) {
  return server.client().request("PUT", "/api/store/key?key=" + key, {}, value).body;
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("What the store has acknowledged is there after a kill and after a stop", "[system]") {
  ServerProgram server;
  CHECK_THAT(put(server, "/a", "one"), Contains(R"("payload":{"revision":2})"));
  server.kill();
  server.start();
  CHECK_THAT(server.get("/api/store/key?key=/a"), Contains(R"("value":"one")"));
  CHECK_THAT(put(server, "/b", "two"), Contains(R"("payload":{"revision":3})"));
  server.restart(SIGTERM);
  CHECK_THAT(server.get("/api/store/range"),
             Contains(R"("revision":3,)") && Contains("one") && Contains("two"));
}

TEST_CASE("The store is in data_dir, for its owner alone, and has its series", "[system]") {
  ServerProgram server;
  put(server, "/a", "one");
  const std::string data = server.dir().file("data");
  CHECK(mode_of(data + "/store") == 0700);
  CHECK(mode_of(data + "/store/store.db") == 0600);
  CHECK(mode_of(data + "/store/backup.socket") == 0600);
  CHECK(server.metric("agent_server_store_revision") == 2);
  CHECK(server.metric("agent_server_store_keys") == 1);
}

TEST_CASE("A secret prefix of the configuration hides its keys", "[system]") {
  ServerProgram server("store.secret_prefixes = /s/, /t/\nstore.sync = full\n");
  put(server, "/t/1", "hidden");
  put(server, "/open", "shown");
  CHECK_THAT(server.get("/api/store/range"), Contains("shown") && !Contains("hidden"));
  CHECK_THAT(server.get("/api/store/key?key=/t/1"), Contains(R"("code":404)"));
}

TEST_CASE("Servers with one etcd share their store, its watches included", "[system]") {
  const EtcdCluster etcd;
  const std::string address = "store.address = etcd://" + etcd.endpoint(0) + "/fleet\n";
  ServerProgram one(address);
  ServerProgram other(address);
  HttpClient watching = other.client();
  watching.send_request("GET", "/api/store/watch?prefix=/config/");
  std::string received;
  while (received.find("progress") == std::string::npos) received += watching.socket().receive();
  CHECK_THAT(put(one, "/config/a", "shared"), Contains(R"("code":200)"));
  while (received.find("shared") == std::string::npos) received += watching.socket().receive();
  CHECK_THAT(other.get("/api/store/key?key=/config/a"), Contains(R"("value":"shared")"));
  CHECK(other.metric("agent_server_store_keys") == 1);
  CHECK_THAT(etcd.call(0, "/v3/kv/range", R"({"key":"ZmxlZXQvL2NvbmZpZy9h"})").body, Contains("c2hhcmVk"));
  CHECK_FALSE(std::filesystem::exists(one.dir().file("data") + "/store/store.db"));
  Program backup(kServerProgram, {"store", "backup", one.dir().file("backup"), "--conf", one.conf()});
  CHECK(backup.wait() == 78);  // EX_CONFIG
  CHECK_THAT(backup.output(), Contains("the store is in an etcd") && Contains("etcdctl snapshot"));
}

TEST_CASE("A server whose keys in an etcd are of a newer version does not start", "[system]") {
  const EtcdCluster etcd;
  ServerProgram server("store.address = etcd://" + etcd.endpoint(0) + "/fleet\n");
  put(server, "/a", "one");
  server.program().signal(SIGTERM);
  CHECK(server.program().wait() == 0);
  const std::string mark = R"({"key":"ZmxlZXQ=","value":"eyJmb3JtYXQiOjk5LCJpZCI6ImEifQ=="})";
  CHECK(etcd.call(0, "/v3/kv/put", mark).status == 200);
  Program again(kServerProgram, {"--conf", server.conf()});
  CHECK(again.wait() == 1);
  CHECK_THAT(again.output(), Contains("format 99") && Contains("newer version"));
}

TEST_CASE("A server whose store is damaged does not start, and says what to do", "[system]") {
  ServerProgram server;
  put(server, "/a", "one");
  server.program().signal(SIGTERM);
  server.program().wait();
  const std::string file = server.dir().file("data") + "/store/store.db";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  Program again(kServerProgram, {"--conf", server.conf()});
  CHECK(again.wait() == 1);
  CHECK_THAT(again.output(), Contains("restore a backup, or move the file away"));
}

TEST_CASE("An event stream of the store does not keep the server from stopping", "[system]") {
  ServerProgram server;
  HttpClient client = server.client();
  client.send_request("GET", "/api/store/watch");
  std::string received;
  while (received.find("progress") == std::string::npos) received += client.socket().receive();
  server.program().signal(SIGTERM);
  CHECK(server.program().wait(std::chrono::seconds(9)) == 0);
}
