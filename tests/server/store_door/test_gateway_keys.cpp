// The bytes of /v3/kv, as etcd 3.4 answers them (reference cluster B.4, B.5).
#include <catch2/catch.hpp>

#include "agent/base64.hpp"
#include "tests/server/store_door/door_rig.hpp"

using namespace test;
using Catch::Matchers::Contains;

namespace {

std::string b64(std::string_view text) { return agent::encode_base64(text); }

std::string put_text(std::string_view key, std::string_view value) {
  return R"({"key":")" + b64(key) + R"(","value":")" + b64(value) + R"("})";
}

std::string range_text(std::string_view key, std::string_view end, const std::string& more = {}) {
  return R"({"key":")" + b64(key) + R"(","range_end":")" + b64(end) + "\"" + more + "}";
}

const std::string kAll = R"("key":"AA==","range_end":"AA==")";

void check_failure(const DoorReply& reply, int status, int code, const std::string& text) {
  CAPTURE(reply.body);
  CHECK(reply.status == status);
  CHECK(reply.body ==
        R"({"error":")" + text + R"(","message":")" + text + R"(","code":)" + std::to_string(code) + "}");
}

}  // namespace

TEST_CASE("A put and a range have etcd's bytes", "[server][door]") {
  DoorRig rig;
  CHECK(rig.etcd("/v3/kv/put", put_text("/a", "1")) == R"({"header":{"revision":"2","raft_term":"1"}})");
  CHECK(rig.etcd("/v3/kv/put", R"({"key":"L2E=","value":"Mg==","prev_kv":true})") ==
        R"({"header":{"revision":"3","raft_term":"1"},"prev_kv":{"key":"L2E=","create_revision":"2",)"
        R"("mod_revision":"2","version":"1","value":"MQ=="}})");
  CHECK(rig.etcd("/v3/kv/range", R"({"key":"L2E="})") ==
        R"({"header":{"revision":"3","raft_term":"1"},"kvs":[{"key":"L2E=","create_revision":"2",)"
        R"("mod_revision":"3","version":"2","value":"Mg=="}],"count":"1"})");
  CHECK(rig.etcd("/v3/kv/range", R"({"key":"L2I="})") == R"({"header":{"revision":"3","raft_term":"1"}})");
  CHECK_THAT(rig.post("/v3/kv/range", R"({"key":"L2E="})").head, Contains("Content-Type: application/json"));
}

TEST_CASE("Every answer has the cluster's id, which is the store's", "[server][door]") {
  DoorRig rig;
  const DoorReply reply = rig.post("/v3/kv/range", "{" + kAll + "}");
  const std::uint64_t id = std::stoull(rig.store().id(), nullptr, 16);
  CHECK_THAT(reply.body, Contains("\"cluster_id\":\"" + std::to_string(id) + "\",\"member_id\":\""));
}

TEST_CASE("A range is limited, sorted, counted, and without values as asked", "[server][door]") {
  DoorRig rig;
  for (const char* key : {"/a", "/b", "/c"}) put(rig.store(), key, "v");
  put(rig.store(), "/a", "w");
  const auto keys = [&](const std::string& more) {
    return rig.etcd("/v3/kv/range", range_text("/", "0", more + R"(,"keys_only":true)"));
  };
  CHECK_THAT(keys(R"(,"limit":"2")"), Contains(R"("key":"L2I=")") && !Contains(R"("key":"L2M=")") &&
                                          Contains(R"("more":true,"count":"3"})"));
  CHECK_THAT(keys(R"(,"limit":1,"sort_order":"DESCEND")"), Contains(R"("kvs":[{"key":"L2M=")"));
  CHECK_THAT(keys(R"(,"limit":1,"sort_target":"MOD","sort_order":"DESCEND")"),
             Contains(R"("kvs":[{"key":"L2E=")"));
  CHECK_THAT(keys(R"(,"limit":1,"sortTarget":2,"sortOrder":2)"), Contains(R"("kvs":[{"key":"L2M=")"));
  CHECK_THAT(keys(R"(,"min_mod_revision":"5")"), Contains(R"("kvs":[{"key":"L2E=")") && !Contains("L2I="));
  CHECK_THAT(keys(""), !Contains("\"value\""));
  CHECK(rig.etcd("/v3/kv/range", R"({"key":"L2I=","range_end":"L2E="})") ==
        R"({"header":{"revision":"5","raft_term":"1"}})");  // inverted
  CHECK(rig.etcd("/v3/kv/range", "{" + kAll + R"(,"count_only":true})") ==
        R"({"header":{"revision":"5","raft_term":"1"},"count":"3"})");
  CHECK_THAT(rig.etcd("/v3/kv/range", R"({"key":"L2I=","range_end":"AA=="})"), Contains(R"("count":"2"})"));
}

TEST_CASE("A delete tells how many there were", "[server][door]") {
  DoorRig rig;
  put(rig.store(), "/a", "1");
  put(rig.store(), "/b", "2");
  CHECK(rig.etcd("/v3/kv/deleterange", R"({"key":"L3g="})") ==
        R"({"header":{"revision":"3","raft_term":"1"}})");
  CHECK(rig.etcd("/v3/kv/deleterange", range_text("/", "0", R"(,"prev_kv":true)")) ==
        R"({"header":{"revision":"4","raft_term":"1"},"deleted":"2","prev_kvs":[)"
        R"({"key":"L2E=","create_revision":"2","mod_revision":"2","version":"1","value":"MQ=="},)"
        R"({"key":"L2I=","create_revision":"3","mod_revision":"3","version":"1","value":"Mg=="}]})");
}

TEST_CASE("A transaction does one branch at one revision", "[server][door]") {
  DoorRig rig;
  const std::string create =
      R"({"compare":[{"key":"L2E=","target":"CREATE","result":"EQUAL","create_revision":"0"}],)"
      R"("success":[{"request_put":{"key":"L2E=","value":"MQ=="}},{"request_put":{"key":"L2I="}}],)"
      R"("failure":[{"request_range":{"key":"L2E="}},{"request_delete_range":{"key":"L2I="}}]})";
  CHECK(rig.etcd("/v3/kv/txn", create) ==
        R"({"header":{"revision":"2","raft_term":"1"},"succeeded":true,"responses":[)"
        R"({"response_put":{"header":{"revision":"2"}}},{"response_put":{"header":{"revision":"2"}}}]})");
  CHECK(
      rig.etcd("/v3/kv/txn", create) ==
      R"({"header":{"revision":"3","raft_term":"1"},"responses":[{"response_range":{"header":{"revision":"2"},)"
      R"("kvs":[{"key":"L2E=","create_revision":"2","mod_revision":"2","version":"1","value":"MQ=="}],)"
      R"("count":"1"}},{"response_delete_range":{"header":{"revision":"3"},"deleted":"1"}}]})");
  CHECK(rig.etcd("/v3/kv/txn", "{}") == R"({"header":{"revision":"3","raft_term":"1"},"succeeded":true})");
}

TEST_CASE("A range of a transaction that is inverted has no keys", "[server][door]") {
  DoorRig rig;
  put(rig.store(), "/a", "1");
  CHECK(
      rig.etcd("/v3/kv/txn", R"({"success":[{"request_range":{"key":"L2I=","range_end":"L2E="}},)"
                             R"({"request_delete_range":{"key":"L2I=","range_end":"L2E="}}]})") ==
      R"({"header":{"revision":"2","raft_term":"1"},"succeeded":true,"responses":[)"
      R"({"response_range":{"header":{"revision":"2"}}},{"response_delete_range":{"header":{"revision":"2"}}}]})");
}

TEST_CASE("Every target and result of a condition is understood", "[server][door]") {
  DoorRig rig;
  const auto lease = run(rig.store().grant(std::chrono::seconds(60), 7, soon())).id;
  put(rig.store(), "/a", "m", lease);  // revision 2, version 1
  const auto holds = [&](const std::string& condition) {
    const std::string body = R"({"compare":[{"key":"L2E=",)" + condition + "}]}";
    return rig.etcd("/v3/kv/txn", body).find("\"succeeded\":true") != std::string::npos;
  };
  CHECK(holds(R"("version":"1")"));  // the defaults: version, equal
  CHECK(holds(R"("target":"CREATE","create_revision":2)"));
  CHECK(holds(R"("target":"MOD","result":"LESS","mod_revision":"3")"));
  CHECK(holds(R"("target":"VALUE","result":"GREATER","value":"bA==")"));
  CHECK(holds(R"("target":"LEASE","lease":"7")"));
  CHECK(holds(R"("target":1,"result":3,"create_revision":"1")"));
  CHECK_FALSE(holds(R"("target":"VALUE","result":"NOT_EQUAL","value":"bQ==")"));
}

TEST_CASE("An answer with more than is written at once is whole", "[server][door]") {
  DoorRig rig;
  const std::string value(100'000, 'v');
  for (int i = 0; i < 8; ++i) put(rig.store(), "/" + std::to_string(i), value);
  const DoorReply reply = rig.request("POST", "/v3/kv/range", "{" + kAll + "}");
  const agent::json::Document document = agent::json::Document::parse(reply.body);
  REQUIRE(document.root().find("kvs").size() == 8);
  for (std::size_t i = 0; i < 8; ++i)
    CHECK(document.root().find("kvs").at(i).find("value").as_string() == b64(value));
}

TEST_CASE("Bad requests are refused in etcd's form", "[server][door]") {
  DoorRig rig;
  put(rig.store(), "/a", "1");
  check_failure(rig.post("/v3/kv/put", "{}"), 400, 3, "etcdserver: key is not provided");
  check_failure(rig.post("/v3/kv/range", "{}"), 400, 3, "etcdserver: key is not provided");
  check_failure(rig.post("/v3/kv/range", R"({"key":"L2E=","revision":"9"})"), 400, 11,
                "etcdserver: mvcc: required revision is a future revision");
  check_failure(rig.post("/v3/kv/range", R"({"key":"L2E=","revision":"1"})"), 400, 11,
                "etcdserver: mvcc: required revision has been compacted");
  check_failure(rig.post("/v3/kv/put", R"({"key":"L2E=","lease":"99"})"), 404, 5,
                "etcdserver: requested lease not found");
  std::string many = R"({"success":[)";
  for (int i = 0; i < 129; ++i)
    many += (i == 0 ? "" : ",") + (R"({"request_put":{"key":")" + b64("/" + std::to_string(i)) + "\"}}");
  check_failure(rig.post("/v3/kv/txn", many + "]}"), 400, 3,
                "etcdserver: too many operations in txn request");
  for (const std::string& body :
       {std::string("["), std::string("[]"), std::string(R"({"key":"?"})"), std::string(R"({"key":5})"),
        std::string(R"({"key":"L2E=","limit":"x"})"), std::string(R"({"key":"L2E=","sort_order":"UP"})"),
        std::string(200, '[')}) {
    const DoorReply reply = rig.post("/v3/kv/range", body);
    CAPTURE(body, reply.body);
    CHECK(reply.status == 400);
    CHECK_THAT(reply.body, Contains(R"("code":3})"));
  }
  const std::string twice = R"({"success":[{"request_put":{"key":"L2E="}},{"request_put":{"key":"L2E="}}]})";
  check_failure(rig.post("/v3/kv/txn", twice), 400, 3, "etcdserver: duplicate key given in txn request");
  CHECK(rig.request("GET", "/v3/kv/range").status == 405);
  CHECK(rig.post("/v3/kv/nothing", "{}").status == 404);
}

TEST_CASE("A value of 1 MiB is taken, a byte more is not, nor a body beyond all limits", "[server][door]") {
  DoorRig rig;
  const std::string largest(server::store::kMaxValue, 'v');
  CHECK(rig.post("/v3/kv/put", put_text("/a", largest)).status == 200);
  CHECK(value(rig.store(), "/a") == largest);
  CHECK(rig.post("/v3/kv/put", put_text("/a", largest + "v")).status == 400);
  check_failure(rig.post("/v3/kv/put", std::string(server::door::kStoreBodyLimit + 1, ' ')), 400, 3,
                "etcdserver: request is too large");
}

TEST_CASE("Members in lowerCamelCase count, unknown ones do not, and neither is reported", "[server][door]") {
  DoorRig rig;
  for (const char* key : {"/a", "/b"}) put(rig.store(), key, "v");
  const DoorReply reply =
      rig.post("/v3/kv/range", R"({"key":"AA==","rangeEnd":"AA==","countOnly":true,"odd":1})");
  CHECK_THAT(reply.body, Contains(R"("count":"2"})"));
  CHECK_THAT(reply.head, !Contains("X-Ignored-Keys"));
}

TEST_CASE("Keys of any bytes, but for none and too many", "[server][door]") {
  DoorRig rig;
  const std::string odd("\0\xff\"\n", 4);
  CHECK(rig.post("/v3/kv/put", put_text(odd, odd)).status == 200);
  CHECK(value(rig.store(), odd) == odd);
  CHECK_THAT(rig.etcd("/v3/kv/range", "{" + kAll + "}"), Contains("\"key\":\"" + b64(odd) + "\""));
  CHECK(rig.post("/v3/kv/put", put_text(std::string(64 * 1024, 'k'), "")).status == 400);
}
