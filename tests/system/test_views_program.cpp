// agent-server views: the views alone, over an etcd that is somebody else's.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "agent/base64.hpp"
#include "tests/support/etcd_cluster.hpp"
#include "tests/support/get_from.hpp"
#include "tests/system/programs.hpp"

using namespace test;
using Catch::Matchers::Contains;

namespace {

void put(const EtcdCluster& etcd, const std::string& key, const std::string& value) {
  const std::string body =
      R"({"key":")" + agent::encode_base64(key) + R"(","value":")" + agent::encode_base64(value) + R"("})";
  CHECK(etcd.call(0, "/v3/kv/put", body).status == 200);
}

std::string all_keys(const EtcdCluster& etcd) {
  return etcd.call(0, "/v3/kv/range", R"({"key":"AA==","range_end":"AA=="})").body;
}

class ViewsProcess {
 public:
  explicit ViewsProcess(const EtcdCluster& etcd, const Program::Arguments& more = {})
      : program_(kServerProgram, arguments(etcd, more)),
        port_(static_cast<std::uint16_t>(std::stoi(program_.wait_for_rest_of("listening on 127.0.0.1:")))) {}

  HttpClient client() const { return HttpClient(port_); }
  std::string get(const std::string& path) const { return client().get(path).body; }
  void wait_for_body(const std::string& path, const std::string& body) const {
    wait_until(path, [&] { return get(path) == body; });
  }
  std::uint16_t port() const { return port_; }
  Program& program() { return program_; }

 private:
  static Program::Arguments arguments(const EtcdCluster& etcd, const Program::Arguments& more) {
    Program::Arguments out{"views", "-web", "127.0.0.1:0", "-etcd", etcd.endpoint(0), "-ip", "192.0.2.1"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }

  Program program_;
  std::uint16_t port_;
};

constexpr const char* kDomain = R"({"domain":"lain.local"})";
constexpr const char* kStranger = "127.0.0.2";

}  // namespace

TEST_CASE("The views of somebody else's etcd are served, and nothing is written there", "[system]") {
  const EtcdCluster etcd;
  put(etcd, "/lain/config/domain", "lain.local");
  put(etcd, "/other", "not shown");
  ViewsProcess views(etcd);
  views.wait_for_body("/v2/configwatcher", kDomain);
  HttpClient watch = views.client();
  watch.send_request("GET", "/v2/configwatcher?watch=1");
  std::string received;
  while (received.find("lain.local") == std::string::npos) received += watch.socket().receive();
  put(etcd, "/lain/config/domain", "lain.example");
  while (received.find("lain.example") == std::string::npos) received += watch.socket().receive();
  CHECK_THAT(received, Contains("event: update"));
  CHECK_THAT(views.get("/debug"), Contains("/lain/config/domain") && !Contains("/other"));
  CHECK_THAT(all_keys(etcd), Contains(R"("count":"2")") && Contains(R"("revision":"4")"));
  CHECK(views.get("/version") == views.get("/v2/version"));
  CHECK_THAT(views.get("/metrics"), Contains("agent_server_http_request_seconds"));
  CHECK(views.client().get("/api/agents").status == 404);
  views.program().signal(SIGTERM);
  CHECK(views.program().wait(std::chrono::seconds(9)) == 0);
}

TEST_CASE("The views alone know source addresses, unless they are told not to", "[system]") {
  const EtcdCluster etcd;
  put(etcd, "/lain/config/domain", "lain.local");
  put(etcd, "/lain/config/vip", "192.0.2.9");
  const ViewsProcess guarded(etcd);
  const ViewsProcess open(etcd, {"-noauth", "-debug"});
  guarded.wait_for_body("/v2/configwatcher?target=domain", kDomain);
  open.wait_for_body("/v2/configwatcher?target=domain", kDomain);
  CHECK(get_from(kStranger, guarded.port(), "/v2/nodes") == "authorize failed, super required");
  CHECK(get_from(kStranger, open.port(), "/v2/nodes") == "{}");
  CHECK(get_from(kStranger, open.port(), "/v2/configwatcher") == kDomain);
  CHECK_THAT(open.get("/v2/configwatcher"), Contains("192.0.2.9"));
}

TEST_CASE("The views alone answer under any name, and with tokens to those who have one", "[system]") {
  const EtcdCluster etcd;
  put(etcd, "/lain/config/domain", "lain.local");
  const ViewsProcess views(etcd);
  views.wait_for_body("/v2/configwatcher", kDomain);
  const std::string request = "GET /v2/configwatcher HTTP/1.0\r\nHost: lainlet.lain\r\n\r\n";
  CHECK_THAT(send_raw(views.port(), request), Contains("200 OK") && Contains(kDomain));
  CHECK(views.client().get("/v2/configwatcher", {{"Sec-Fetch-Site", "cross-site"}}).status == 403);
  const TempDir dir;
  const std::string file = dir.write("tokens", "router 0123456789abcdef\n");
  CHECK(::chmod(file.c_str(), 0600) == 0);
  const ViewsProcess guarded(etcd, {"-tokens", file});
  HttpClient client = guarded.client();
  CHECK(client.get("/v2/configwatcher").status == 401);
  client.set_token("0123456789abcdef");
  wait_until("the first list", [&] { return client.get("/v2/configwatcher").body == kDomain; });
}

TEST_CASE("The views alone warn where everybody reaches them, and refuse what is no address", "[system]") {
  const EtcdCluster etcd;
  Program open(kServerProgram, {"views", "-web", ":0", "-etcd", etcd.endpoint(0)});
  open.wait_for("listening on [::]:");
  CHECK_THAT(open.output(),
             Contains("-web :0: whoever reaches it reads the views that its source address allows"));
  CHECK(run_program(kServerProgram, {"views", "-web", "nowhere", "-etcd", etcd.endpoint(0)}).first == 78);
  CHECK(run_program(kServerProgram, {"views", "-web", ":0"}).first == 2);
}
