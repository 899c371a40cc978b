// Whether an etcd is the one that it was, and lets us in.
#include <catch2/catch.hpp>
#include <string>

#include "agent/base64.hpp"
#include "net/tls.hpp"
#include "tests/server/store/etcd_rig.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/patience.hpp"

using namespace server::store;
using namespace std::chrono_literals;
using Kind = WatchMessage::Kind;

namespace {

EtcdOptions options_for(const test::EtcdCluster& cluster) {
  EtcdOptions options = test::etcd_options(cluster);
  options.timing.progress = 300ms;
  options.timing.silence = 1s;
  return options;
}

std::string why_no_start(EtcdOptions options) {
  options.timing.start = 2s;
  try {
    EtcdStore store(std::move(options));
  } catch (const agent::Error& error) {
    return error.what();
  }
  return "";
}

void enable_users(const test::EtcdCluster& cluster) {
  const auto call = [&](const char* path, const char* body) {
    REQUIRE(cluster.call(0, path, body).status == 200);
  };
  call("/v3/auth/user/add", R"({"name":"root","password":"secret"})");
  call("/v3/auth/role/add", R"({"name":"root"})");
  call("/v3/auth/user/grant", R"({"user":"root","role":"root"})");
  call("/v3/auth/enable", "{}");
}

}  // namespace

TEST_CASE("A backup that was restored is noticed, listed and said by a new id", "[server][store]") {
  test::EtcdCluster cluster;
  EtcdStore store(options_for(cluster));
  test::TempDir directory;
  test::put(store, "a", "old");
  cluster.save(directory.file("backup"));
  const std::string id = store.id();
  for (int i = 0; i < 10; ++i) test::put(store, "a", "new");
  const auto view = store.view(KeyRange::all());
  CHECK(test::text(test::run(view->next(test::soon()))->items) == "a=new");
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  cluster.restore(directory.file("backup"));
  const auto state = test::run(view->next(test::soon()));
  REQUIRE(state);
  CHECK(test::text(state->items) == "a=old");
  CHECK(store.id() != id);
  const WatchMessage end = test::next(*watch);
  CHECK(end.kind == Kind::cancelled);
  CHECK(end.reason.find("restored") != std::string::npos);
  // Another server agrees about which store it is now.
  EtcdStore other(options_for(cluster));
  CHECK(other.id() == store.id());
  const auto next = store.watch({.range = KeyRange::all(), .client = {}});
  test::put(other, "b", "x");
  CHECK(test::text(test::next(*next).events) == "b=x");
}

TEST_CASE("Servers of one store agree about its id, and those of two prefixes see nothing of each other",
          "[server][store]") {
  test::EtcdCluster cluster;
  EtcdStore one(options_for(cluster));
  EtcdStore two(options_for(cluster));
  CHECK(one.id() == two.id());
  EtcdOptions options = options_for(cluster);
  options.prefix = "agents";  // begins as the other does
  EtcdStore apart(std::move(options));
  CHECK(apart.id() != one.id());
  const auto watch = apart.watch({.range = KeyRange::all(), .client = {}});
  test::put(one, "a", "x");
  CHECK(test::value(two, "a") == "x");
  CHECK(test::get(apart, KeyRange::all()).items.empty());
  CHECK(test::is_quiet(*watch));
  test::erase(apart, KeyRange::all());
  CHECK(test::value(two, "a") == "x");
}

TEST_CASE("A list of a store and a watch from there work although others write beside it",
          "[server][store]") {
  test::EtcdCluster cluster;
  EtcdStore store(options_for(cluster));
  EtcdOptions options = options_for(cluster);
  options.prefix = "beside";
  EtcdStore beside(std::move(options));
  for (int i = 0; i < 20; ++i) test::put(beside, "a", "x");
  const Revision listed = test::get(store, KeyRange::all()).revision;
  const auto watch = store.watch({.range = KeyRange::all(), .from = listed + 1, .client = {}});
  CHECK(test::run(watch->next(test::now())).revision == listed);
  test::put(store, "b", "y");
  CHECK(test::text(test::next(*watch).events) == "b=y");
}

TEST_CASE("Another cluster at the same place is refused, and nothing is written there", "[server][store]") {
  test::EtcdCluster cluster;
  EtcdStore store(options_for(cluster));
  test::put(store, "a", "x");
  cluster.replace();
  // A connection that was kept says no more than that it is gone.
  test::wait_until("the refusal", [&] {
    const Time deadline = agent::Clock::now() + kPatience;
    return test::fault_of([&] { test::run(store.txn(Txn::put("a", "y"), deadline)); }) == Fault::refused;
  });
  const auto reply = cluster.call(0, "/v3/kv/range", R"({"key":"AA==","range_end":"AA=="})");
  CHECK(reply.body.find("kvs") == std::string::npos);
}

TEST_CASE("A newer format is refused at once, and left as it is", "[server][store]") {
  test::EtcdCluster cluster;
  const std::string mark = R"({"format":2,"id":"x"})";
  const std::string put =
      R"({"key":")" + agent::encode_base64("agent") + R"(","value":")" + agent::encode_base64(mark) + "\"}";
  REQUIRE(cluster.call(0, "/v3/kv/put", put).status == 200);
  CHECK(why_no_start(options_for(cluster)).find("newer version") != std::string::npos);
  const auto reply = cluster.call(0, "/v3/kv/range", R"({"key":"AA==","range_end":"AA=="})");
  CHECK(reply.body.find(agent::encode_base64(mark)) != std::string::npos);
}

TEST_CASE("A user signs in, and again when etcd has forgotten the token", "[server][store]") {
  test::EtcdCluster cluster;
  enable_users(cluster);
  CHECK(why_no_start(options_for(cluster)).find("user name is empty") != std::string::npos);
  EtcdOptions wrong = options_for(cluster);
  wrong.user = "root";
  wrong.password = "wrong";
  CHECK(why_no_start(wrong).find("authentication failed") != std::string::npos);

  EtcdOptions right = options_for(cluster);
  right.user = "root";
  right.password = "secret";
  EtcdStore store(std::move(right));
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  test::put(store, "a", "x");
  CHECK(test::text(test::next(*watch).events) == "a=x");
  cluster.kill(0);
  cluster.start(0);
  cluster.wait_for(0);
  test::wait_until("a put", [&] { return !test::fault_of([&] { test::put(store, "a", "y"); }); });
  CHECK(test::text(test::next(*watch).events).ends_with("a=y"));
}

TEST_CASE("etcd is reached by TLS, by those who trust it only", "[server][store]") {
  const test::Certificates certificates;
  const auto trust = agent::net::TlsContext::client({.ca = certificates.ca(), .cert = {}, .key = {}});
  test::EtcdCluster cluster(
      1, {"--cert-file", certificates.server_cert(), "--key-file", certificates.server_key()}, trust);
  EtcdOptions options = options_for(cluster);
  options.tls = agent::net::TlsContext::client({.ca = certificates.other_ca(), .cert = {}, .key = {}});
  CHECK_FALSE(why_no_start(options).empty());
  options.tls = trust;
  EtcdStore store(std::move(options));
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  test::put(store, "a", "x");
  CHECK(test::text(test::next(*watch).events) == "a=x");
}

TEST_CASE("Somebody else's keys are read as they are, and nothing is written", "[server][store]") {
  test::EtcdCluster cluster;
  const auto put = [&](const char* key, const char* value) {
    const std::string body =
        R"({"key":")" + agent::encode_base64(key) + R"(","value":")" + agent::encode_base64(value) + R"("})";
    REQUIRE(cluster.call(0, "/v3/kv/put", body).status == 200);
  };
  put("/lain/a", "1");
  put("/lain0", "beyond");
  put("/kain", "before");
  test::TempDir directory;
  cluster.save(directory.file("backup"));
  EtcdOptions options = options_for(cluster);
  options.prefix = "/lain";
  options.is_foreign = true;
  EtcdStore store(std::move(options));
  CHECK(test::text(test::run(store.get(KeyRange::all(), 0, test::soon())).items) == "/lain/a=1");
  const auto view = store.view(KeyRange::prefix("/lain/"));
  CHECK(test::text(test::run(view->next(test::soon()))->items) == "/lain/a=1");
  for (int i = 0; i < 10; ++i) put("/lain/b", "2");
  test::wait_until("the view has it", [&] {
    const auto state = test::run(view->next(test::soon()));
    return state && test::text(state->items) == "/lain/a=1 /lain/b=2" && state->items.back()->version == 10;
  });
  CHECK_THROWS_AS(test::put(store, "/lain/a", "3"), StoreError);
  CHECK_THROWS_AS(test::run(store.grant(5s, 0, test::soon())), StoreError);
  CHECK_THROWS_AS(test::run(store.keep_alive(1, test::soon())), StoreError);
  CHECK_THROWS_AS(test::run(store.revoke(1, test::soon())), StoreError);
  const std::string all = cluster.call(0, "/v3/kv/range", R"({"key":"AA==","range_end":"AA=="})").body;
  CHECK_THAT(all, Catch::Contains(R"("count":"4")"));
  const std::string id = store.id();
  cluster.restore(directory.file("backup"));
  const auto state = test::run(view->next(test::soon()));
  REQUIRE(state);
  CHECK(test::text(state->items) == "/lain/a=1");
  CHECK(store.id() != id);
}
