// /api/store: keys, ranges, transactions and leases.
#include <catch2/catch.hpp>

#include "tests/server/store_door/door_rig.hpp"

using namespace test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("A key is put, got and deleted", "[server][door]") {
  DoorRig rig;
  CHECK(rig.api("PUT", "/api/store/key?key=/a", "one") == R"({"revision":2})");
  CHECK(rig.api("GET", "/api/store/key?key=/a") ==
        R"({"revision":2,"item":{"key":"/a","value":"one","created":2,"modified":2,"version":1}})");
  CHECK(rig.api("DELETE", "/api/store/key?key=/a") == R"({"revision":3,"deleted":1})");
  CHECK(rig.api("DELETE", "/api/store/key?key=/a") == R"({"revision":3})");
  CHECK(rig.api("GET", "/api/store/key?key=/a") == "404 not found: key");
}

TEST_CASE("A put may hang on the key's last change, or on its absence", "[server][door]") {
  DoorRig rig;
  CHECK(rig.api("PUT", "/api/store/key?key=/a&modified=0", "1") == R"({"revision":2})");
  CHECK_THAT(rig.api("PUT", "/api/store/key?key=/a&modified=0", "2"), StartsWith("412 "));
  CHECK(rig.api("PUT", "/api/store/key?key=/a&modified=2", "2") == R"({"revision":3})");
  CHECK_THAT(rig.api("DELETE", "/api/store/key?key=/a&modified=2"), StartsWith("412 "));
  CHECK(rig.api("DELETE", "/api/store/key?key=/a&modified=3") == R"({"revision":4,"deleted":1})");
}

TEST_CASE("Keys and values that are no text come in base64", "[server][door]") {
  DoorRig rig;
  CHECK(rig.api("PUT", "/api/store/key?key=%ff%00", std::string("\0\xfe", 2)) == R"({"revision":2})");
  CHECK_THAT(rig.api("GET", "/api/store/key?key=%ff%00"),
             Contains(R"("key_base64":"/wA=","value_base64":"AP4=")"));
  CHECK(rig.api("PUT", "/api/store/key?key=/empty") == R"({"revision":3})");
  CHECK_THAT(rig.api("GET", "/api/store/key?key=/empty"), Contains(R"("value":"")"));
}

TEST_CASE("A range is a prefix, one key, or from here to there, page by page", "[server][door]") {
  DoorRig rig;
  for (const char* key : {"/a", "/b/1", "/b/2", "/c"}) put(rig.store(), key, "v");
  const auto keys = [&](const std::string& query) {
    const std::string text = rig.api("GET", "/api/store/range?keys_only=1&" + query);
    const agent::json::Document document = agent::json::Document::parse(text);
    const agent::json::Value items = document.root().find("items");
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i)
      out += std::string(items.at(i).find("key").as_string()) + " ";
    return out + (document.root().find("more").is_null() ? "" : "more");
  };
  CHECK(keys("") == "/a /b/1 /b/2 /c ");
  CHECK(keys("prefix=/b") == "/b/1 /b/2 ");
  CHECK(keys("key=/b") == "");
  CHECK(keys("begin=/b&end=/c") == "/b/1 /b/2 ");
  CHECK(keys("begin=/b/2") == "/b/2 /c ");
  CHECK(keys("limit=2") == "/a /b/1 more");
  CHECK(keys("begin=/b/1%00&limit=2") == "/b/2 /c ");
  CHECK_THAT(rig.api("GET", "/api/store/range"), Contains(R"("value":"v")"));
}

TEST_CASE("An answer of a range has at most 8 MiB", "[server][door]") {
  DoorRig rig;
  const std::string large(server::store::kMaxValue, 'v');
  for (int i = 0; i < 10; ++i) put(rig.store(), "/" + std::to_string(i), large);
  const std::string text = rig.api("GET", "/api/store/range");
  CHECK(text.size() < 9 * 1024 * 1024);
  CHECK_THAT(text.substr(text.size() - 20), Contains(R"("more":true)"));
}

TEST_CASE("A range is deleted, but not everything by accident", "[server][door]") {
  DoorRig rig;
  for (const char* key : {"/a", "/b/1", "/b/2"}) put(rig.store(), key, "v");
  CHECK(rig.api("DELETE", "/api/store/range") == "400 Missing [prefix]");
  CHECK(rig.api("DELETE", "/api/store/range?prefix=/b/") == R"({"revision":5,"deleted":2})");
  CHECK(value(rig.store(), "/a") == "v");
}

TEST_CASE("A transaction over the API does one branch", "[server][door]") {
  DoorRig rig;
  const std::string body =
      R"({"compares":[{"key":"/a","number":0}],"then":[{"put":{"key":"/a","value":"1"}},{"put":{"key":"/b"}}],)"
      R"("otherwise":[{"get":{"prefix":"/"}},{"delete":{"key":"/b"}}]})";
  CHECK(rig.api("POST", "/api/store/txn", body) == R"({"revision":2,"succeeded":true,"answers":[{},{}]})");
  CHECK(rig.api("POST", "/api/store/txn", body) ==
        R"({"revision":3,"succeeded":false,"answers":[{"items":[)"
        R"({"key":"/a","value":"1","created":2,"modified":2,"version":1},)"
        R"({"key":"/b","value":"","created":2,"modified":2,"version":1}]},{"deleted":1}]})");
  CHECK_THAT(rig.api("POST", "/api/store/txn",
                     R"({"compares":[{"key":"/a","target":"value","is":"greater","value_base64":"MA=="}]})"),
             Contains(R"("succeeded":true)"));
}

TEST_CASE("A lease over the API", "[server][door]") {
  DoorRig rig;
  CHECK(rig.api("POST", "/api/store/leases", R"({"ttl":5,"id":"7"})") == R"({"id":"7","ttl":5,"left":5})");
  CHECK(rig.api("PUT", "/api/store/key?key=/a&lease=7", "1") == R"({"revision":2})");
  CHECK_THAT(rig.api("GET", "/api/store/key?key=/a"), Contains(R"("lease":"7")"));
  rig.rig.pass(std::chrono::seconds(2));
  CHECK(rig.api("GET", "/api/store/leases/7") == R"({"id":"7","ttl":5,"left":3,"keys":["/a"]})");
  CHECK(rig.api("POST", "/api/store/leases/7/keepalive") == R"({"id":"7","ttl":5,"left":5})");
  CHECK(rig.request("DELETE", "/api/store/leases/7").body.starts_with(R"({"code":200,)"));
  CHECK_FALSE(value(rig.store(), "/a"));
  CHECK(rig.api("POST", "/api/store/leases/7/keepalive") == "404 not found: lease");
  CHECK(rig.api("GET", "/api/store/leases/7") == "404 not found: lease");
  CHECK(rig.api("DELETE", "/api/store/leases/7") == "404 not found: lease");
}

TEST_CASE("What the API refuses of keys", "[server][door]") {
  DoorRig rig;
  const std::string long_key(4097, 'k');
  for (const std::string& query : {std::string("key?key=") + long_key, std::string("range?begin=/b&end=/a"),
                                   std::string("range?key=/a&prefix=/b"), std::string("key"),
                                   std::string("range?limit=0"), std::string("range?limit=x")}) {
    CAPTURE(query);
    CHECK_THAT(rig.api("GET", "/api/store/" + query), StartsWith("400 "));
  }
  CHECK_THAT(rig.api("PUT", "/api/store/key?key=" + long_key, "v"), StartsWith("400 "));
  CHECK_THAT(rig.api("PUT", "/api/store/key", "v"), StartsWith("400 "));
  CHECK_THAT(rig.api("PUT", "/api/store/key?key=/a&lease=99", "v"), StartsWith("400 ") && Contains("lease"));
  CHECK_THAT(rig.api("PUT", "/api/store/key?key=/a&lease=x", "v"), StartsWith("400 "));
  CHECK(rig.request("PUT", "/api/store/key?key=/a", std::string(server::store::kMaxValue, 'v')).status ==
        200);
  CHECK(rig.request("PUT", "/api/store/key?key=/a", std::string(server::store::kMaxValue + 1, 'v')).status ==
        413);
}

TEST_CASE("What the API refuses of transactions and leases", "[server][door]") {
  DoorRig rig;
  std::string many = R"({"then":[)";
  for (int i = 0; i < 129; ++i)
    many += (i == 0 ? "" : ",") + (R"({"put":{"key":"/)" + std::to_string(i) + "\"}}");
  many += "]}";
  for (const std::string& body :
       {std::string(), std::string("["), std::string("[]"), many, std::string(R"({"then":[{}]})"),
        std::string(R"({"then":[{"put":{"key":"/a"},"get":{"key":"/a"}}]})"),
        std::string(R"({"then":[{"put":{}}]})"),
        std::string(R"({"then":[{"put":{"key":"/a"}},{"put":{"key":"/a"}}]})"),
        std::string(R"({"then":[{"put":{"key":"/a"}},{"delete":{"prefix":"/"}}]})"),
        std::string(R"({"then":[{"delete":{}}]})"), std::string(R"({"then":[{"put":{"key_base64":"?"}}]})"),
        std::string(R"({"compares":[{"key":"/a","is":"like"}]})"), std::string(R"({"compares":[{}]})"),
        std::string(R"({"then":[{"get":{"begin":"/b","end":"/a"}}]})")}) {
    CAPTURE(body);
    CHECK_THAT(rig.api("POST", "/api/store/txn", body), StartsWith("400 "));
  }
  for (const char* body :
       {"", "[]", "{}", R"({"ttl":0})", R"({"ttl":-1})", R"({"ttl":2592001})", R"({"ttl":1e300})",
        R"({"ttl":"5"})", R"({"ttl":5,"id":"x"})", R"({"ttl":5,"id":"-1"})"}) {
    CAPTURE(body);
    CHECK_THAT(rig.api("POST", "/api/store/leases", body), StartsWith("400 "));
  }
  CHECK_THAT(rig.api("GET", "/api/store/leases/x"), StartsWith("400 "));
  CHECK(rig.store().revision() == 1);
}

TEST_CASE("A store that is closed is unavailable, in each form", "[server][door]") {
  DoorRig rig;
  rig.store().close();
  CHECK_THAT(rig.api("GET", "/api/store/key?key=/a"), StartsWith("503 "));
  CHECK_THAT(rig.api("PUT", "/api/store/key?key=/a", "v"), StartsWith("503 "));
  CHECK_THAT(rig.api("GET", "/api/store/watch"), StartsWith("503 "));
  const DoorReply reply = rig.post("/v3/kv/put", R"({"key":"L2E="})");
  CHECK(reply.status == 503);
  CHECK_THAT(reply.body, Contains(R"("code":14})"));
  const DoorReply watch = rig.post("/v3/watch", R"({"create_request":{"key":"L2E="}})");
  CHECK(watch.status == 503);
  CHECK_THAT(watch.body, StartsWith(R"({"error":{"grpc_code":14,"http_code":503,)"));
}
