// Many watchers of the real agent-server: over one watch of the store, back after a restart, each for little
// memory.
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/etcd_cluster.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

// Ten views of settings: each asks for more of a name.
constexpr std::string_view kName = "abcdefghij";

void put(const ServerProgram& server, const std::string& value) {
  const std::string key = "/lain/config/" + std::string(kName);
  CHECK(server.client().request("PUT", "/api/store/key?key=" + key, {}, value).body.find(R"("code":200)") !=
        std::string::npos);
}

// As many as this process may have, at most `wanted`.
std::size_t allowed(std::size_t wanted) {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(wanted, limit.rlim_cur - 200);
}

// All ask before the first is answered.
std::vector<TcpSocket> open_watches(const ServerProgram& server, std::size_t count) {
  std::vector<TcpSocket> watches;
  for (std::size_t i = 0; i < count; ++i) {
    watches.push_back(TcpSocket::connect(server.port()));
    watches.back().send("GET /v2/configwatcher?watch=1&target=" + std::string(kName.substr(0, 1 + i % 10)) +
                        " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  return watches;
}

// Each is told, within the limit.
void check_told(std::vector<TcpSocket>& watches, const std::string& event, const std::string& value) {
  std::size_t told = 0;
  for (TcpSocket& watch : watches) {
    std::string said;
    while (said.find(value) == std::string::npos) {
      const std::string more = watch.receive();
      if (more.empty()) break;
      said += more;
    }
    if (said.find("event: " + event) != std::string::npos && said.find(value) != std::string::npos) ++told;
  }
  CHECK(told == watches.size());
}

}  // namespace

TEST_CASE("Ten thousand watchers come back after a kill, over one watch of the store", "[system]") {
  const std::size_t count = allowed(kSanitized ? 1000 : 10'000);
  ServerProgram server("threads = 2\n");
  put(server, "first");
  const std::size_t before = server.program().resident_bytes();
  {
    std::vector<TcpSocket> watches = open_watches(server, count);
    check_told(watches, "init", "first");
    CHECK(server.metric("agent_server_store_watches") == 1);
    CHECK(server.metric("agent_server_views_watches") == count);
    const std::size_t each = (server.program().resident_bytes() - before) / count;
    INFO("an idle watcher takes " << each << " bytes");
    if (!kSanitized) CHECK(each <= 6000);
    put(server, "second");
    check_told(watches, "update", "second");
    server.kill();
  }
  server.start();
  std::vector<TcpSocket> watches = open_watches(server, count);
  check_told(watches, "init", "second");
  CHECK(server.metric("agent_server_store_watches") == 1);
  CHECK(server.metric("agent_server_views_watches") == count);
}

TEST_CASE("A thousand watchers of ten views are one watch at etcd", "[system]") {
  const EtcdCluster etcd;
  ServerProgram server("store.address = etcd://" + etcd.endpoint(0) + "/fleet\n");
  put(server, "first");
  std::vector<TcpSocket> watches = open_watches(server, allowed(1000));
  check_told(watches, "init", "first");
  const std::string series = HttpClient(etcd.port(0)).get("/metrics").body;
  CHECK_THAT(series, Catch::Contains("\netcd_debugging_mvcc_watcher_total 1\n"));
  CHECK_THAT(series, Catch::Contains("\netcd_debugging_mvcc_watch_stream_total 1\n"));
  put(server, "second");
  check_told(watches, "update", "second");
}
