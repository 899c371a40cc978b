// What stands where an etcd should, and answers otherwise.
#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "net/http.hpp"
#include "store/etcd_store.hpp"
#include "tests/server/store/fake_etcd.hpp"
#include "tests/server/store/store_rig.hpp"
#include "tests/support/patience.hpp"

using namespace server::store;
using namespace std::chrono_literals;
using test::FakeEtcd;
using Kind = WatchMessage::Kind;

namespace {

EtcdOptions options_for(const FakeEtcd& fake) {
  EtcdOptions options;
  options.endpoints = {fake.address()};
  options.timing.progress = 100ms;
  options.timing.silence = 500ms;
  options.timing.begin = 500ms;
  return options;
}

// What a write throws that this answers.
std::optional<Fault> fault_by(const std::string& answer) {
  FakeEtcd fake;
  EtcdStore store(options_for(fake));
  fake.set_answer([answer](const FakeEtcd::Request& request) {
    return request.path == "/v3/kv/txn" ? std::optional(answer) : std::nullopt;
  });
  return test::fault_of([&] { test::run(store.txn(Txn::put("a", "x"), agent::Clock::now() + 2s)); });
}

std::string why_no_start(EtcdOptions options) {
  options.timing.start = 2s;
  try {
    EtcdStore store(std::move(options));
  } catch (const agent::Error& error) {
    CHECK(error.code() == agent::Errc::io);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("Where there is no etcd no store begins, and it says what there is", "[server][store]") {
  FakeEtcd page([](const FakeEtcd::Request&) { return FakeEtcd::page(); });
  CHECK(why_no_start(options_for(page)).find(page.address()) != std::string::npos);
  FakeEtcd silent([](const FakeEtcd::Request&) { return std::string(); });
  CHECK_FALSE(why_no_start(options_for(silent)).empty());
  FakeEtcd other([](const FakeEtcd::Request&) { return FakeEtcd::json(R"({"code":200})"); });
  CHECK(why_no_start(options_for(other)).find("not an etcd's answer") != std::string::npos);
}

TEST_CASE("Errors are faults in all their forms, also with status 200", "[server][store]") {
  const char* refused = R"({"error":"no","message":"no","code":3})";
  CHECK(fault_by(FakeEtcd::json(refused, 400)) == Fault::refused);
  CHECK(fault_by(FakeEtcd::json(refused, 200)) == Fault::refused);
  CHECK(fault_by(FakeEtcd::json(R"({"code":5,"message":"no","details":[]})", 404)) == Fault::refused);
  CHECK(fault_by(FakeEtcd::json(R"({"code":5,"message":"no","details":[]})", 200)) == Fault::refused);
  CHECK(fault_by(FakeEtcd::json(R"({"error":{"grpc_code":14,"message":"request timed out"}})")) ==
        Fault::unavailable);
  CHECK(fault_by(FakeEtcd::page()) == Fault::unavailable);
  CHECK(fault_by(FakeEtcd::json("{\"header\":")) == Fault::unavailable);
  CHECK(fault_by(FakeEtcd::json("{}")) == Fault::unavailable);
  CHECK(fault_by("") == Fault::unavailable);
}

TEST_CASE("A line that is half is no line, and comes again whole", "[server][store]") {
  const std::string line = FakeEtcd::put("a", 6);
  FakeEtcd fake([&](const FakeEtcd::Request& request) -> std::optional<std::string> {
    if (request.path != "/v3/watch") return std::nullopt;
    if (request.number > 1) return FakeEtcd::stream(FakeEtcd::created(6) + line);
    std::string half = FakeEtcd::stream(FakeEtcd::created(5) + line.substr(0, line.size() / 2));
    return half + "0\r\n\r\n";
  });
  EtcdStore store(options_for(fake));
  const auto watch = store.watch({.range = KeyRange::all(), .from = 6, .client = {}});
  CHECK(test::text(test::next(*watch).events) == "a=x");
  CHECK(fake.watches() >= 2);
}

TEST_CASE("Lines come in pieces, and several at once", "[server][store]") {
  FakeEtcd fake([](const FakeEtcd::Request& request) -> std::optional<std::string> {
    if (request.path != "/v3/watch" || request.number > 1) return std::nullopt;
    const std::string lines = FakeEtcd::created(5) + FakeEtcd::put("a", 6) + "\n" + FakeEtcd::put("b", 7);
    std::string out = FakeEtcd::stream(lines.substr(0, 3));
    for (std::size_t i = 3; i < lines.size(); i += 7) agent::net::write_chunk(out, lines.substr(i, 7));
    return out;
  });
  EtcdStore store(options_for(fake));
  const auto watch = store.watch({.range = KeyRange::all(), .from = 6, .client = {}});
  std::string seen;
  while (seen.find("b=x") == std::string::npos) seen += test::text(test::next(*watch).events) + " ";
  CHECK(seen.starts_with("a=x b=x"));
}

// As etcd 3.4.24 and 3.5.7 do when they have much to send.
TEST_CASE("An answer that overtakes changes takes none of them away", "[server][store]") {
  FakeEtcd fake([](const FakeEtcd::Request& request) -> std::optional<std::string> {
    if (request.path != "/v3/watch" || request.number > 1) return std::nullopt;
    return FakeEtcd::stream(FakeEtcd::created(5) + FakeEtcd::put("a", 6) + FakeEtcd::progress(8) +
                            FakeEtcd::put("b", 7) + FakeEtcd::progress(9) + FakeEtcd::put("c", 8) +
                            FakeEtcd::put("d", 10));
  });
  EtcdStore store(options_for(fake));
  const auto watch = store.watch({.range = KeyRange::all(), .from = 6, .client = {}});
  std::string seen;
  while (seen.find("d=x") == std::string::npos) seen += test::text(test::next(*watch).events) + " ";
  CHECK(seen == "a=x b=x c=x d=x ");
}

TEST_CASE("A revision that was told twice with nothing in between is known", "[server][store]") {
  FakeEtcd fake([](const FakeEtcd::Request& request) -> std::optional<std::string> {
    if (request.path != "/v3/watch" || request.number > 1) return std::nullopt;
    return FakeEtcd::stream(FakeEtcd::created(5) + FakeEtcd::progress(8) + FakeEtcd::progress(9));
  });
  EtcdStore store(options_for(fake));
  const auto watch = store.watch({.range = KeyRange::all(), .from = 6, .client = {}});
  const auto known = [&] { return test::run(watch->next(test::now())).revision; };
  test::wait_until("the first one is believed", [&] { return known() == 8; });
}

TEST_CASE("A stream that says nothing is left, also by questions", "[server][store]") {
  FakeEtcd fake;
  EtcdStore store(options_for(fake));
  test::wait_until("another watch", [&] { return fake.watches() >= 2; });
}

TEST_CASE("A server that takes no questions is watched without them", "[server][store]") {
  FakeEtcd fake([](const FakeEtcd::Request& request) -> std::optional<std::string> {
    if (request.path != "/v3/watch") return std::nullopt;
    if (request.has_expect) return std::string();
    return FakeEtcd::stream(FakeEtcd::created(6) + FakeEtcd::put("a", 6));
  });
  EtcdStore store(options_for(fake));
  const auto watch = store.watch({.range = KeyRange::all(), .from = 6, .client = {}});
  CHECK(test::text(test::next(*watch).events) == "a=x");
  CHECK(fake.watches() == 2);
}

TEST_CASE("A server that has compacted no more than what is known is watched from behind it",
          "[server][store]") {
  FakeEtcd fake([](const FakeEtcd::Request& request) -> std::optional<std::string> {
    if (request.path != "/v3/watch") return std::nullopt;
    if (request.body.find(R"("start_revision":"5")") == std::string::npos)
      return FakeEtcd::stream(FakeEtcd::created(5) + FakeEtcd::put("a", 6));
    const std::string gone =
        R"({"result":{)" + FakeEtcd::header(5) + R"(,"canceled":true,"compact_revision":"5"}})" + "\n";
    return FakeEtcd::stream(FakeEtcd::created(5) + gone);
  });
  EtcdStore store(options_for(fake));
  const auto watch = store.watch({.range = KeyRange::all(), .from = 6, .client = {}});
  CHECK(test::text(test::next(*watch).events) == "a=x");
}

TEST_CASE("A large change comes in fragments and is one message", "[server][store]") {
  FakeEtcd fake([](const FakeEtcd::Request& request) -> std::optional<std::string> {
    if (request.path != "/v3/watch" || request.number > 1) return std::nullopt;
    std::string first = FakeEtcd::put("a", 6);
    first.insert(first.find("\"events\""), "\"fragment\":true,");
    return FakeEtcd::stream(FakeEtcd::created(5) + first + FakeEtcd::put("b", 6));
  });
  EtcdStore store(options_for(fake));
  const auto watch = store.watch({.range = KeyRange::all(), .from = 6, .client = {}});
  CHECK(test::text(test::next(*watch).events) == "a=x b=x");
}

TEST_CASE("A write whose answer is lost is not sent again", "[server][store]") {
  FakeEtcd fake;
  EtcdStore store(options_for(fake));
  std::atomic<int> writes{0};
  fake.set_answer([&writes](const FakeEtcd::Request& request) -> std::optional<std::string> {
    if (request.path != "/v3/kv/txn") return std::nullopt;
    ++writes;
    return "nonsense\r\n\r\n";
  });
  const auto put = [&] { test::run(store.txn(Txn::put("a", "x"), agent::Clock::now() + 5s)); };
  CHECK(test::fault_of(put) == Fault::unavailable);
  CHECK(writes == 1);
}

TEST_CASE("A member without a leader refuses before it begins, and the write goes to the next",
          "[server][store]") {
  FakeEtcd good;
  FakeEtcd bad;
  EtcdOptions options = options_for(good);
  options.endpoints = {bad.address(), good.address()};
  options.random = [] { return 0.0; };
  EtcdStore store(std::move(options));
  bad.set_answer([](const FakeEtcd::Request& request) -> std::optional<std::string> {
    if (request.path != "/v3/kv/txn") return std::nullopt;
    return FakeEtcd::json(R"({"error":"etcdserver: no leader","code":14})", 503);
  });
  CHECK(test::run(store.txn(Txn::put("a", "x"), test::soon())).revision == 6);
}

TEST_CASE("A store that is closed ends what is under way, and takes nothing more", "[server][store]") {
  FakeEtcd fake;
  EtcdStore store(options_for(fake));
  std::atomic<bool> is_asked{false};
  fake.set_answer([&is_asked](const FakeEtcd::Request& request) -> std::optional<std::string> {
    if (request.path != "/v3/kv/txn") return std::nullopt;
    is_asked = true;
    return std::string();
  });
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  std::optional<Fault> fault;
  std::thread caller([&] { fault = test::fault_of([&] { test::put(store, "a", "x"); }); });
  test::wait_until("the call", [&] { return is_asked.load(); });
  store.close();
  caller.join();
  CHECK(fault == Fault::unavailable);
  CHECK(test::next(*watch).kind == Kind::cancelled);
  CHECK(test::fault_of([&] { test::put(store, "a", "x"); }) == Fault::unavailable);
  CHECK(test::fault_of([&] { test::get(store, KeyRange::all()); }) == Fault::unavailable);
  CHECK(test::fault_of([&] { store.view(KeyRange::all()); }) == Fault::unavailable);
}
