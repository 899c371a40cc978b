// Access to the store: tokens, and secret prefixes, which nobody is told of.
#include <catch2/catch.hpp>

#include "http/openapi.hpp"
#include "tests/server/store_door/door_rig.hpp"

using namespace test;
using Catch::Matchers::Contains;

namespace {

const std::string kAll = R"("key":"AA==","range_end":"AA==")";

// A value of the secret key, as it is and in base64.
bool tells(const std::string& text) {
  return text.find("hidden") != std::string::npos || text.find("aGlkZGVu") != std::string::npos ||
         text.find("/s/") != std::string::npos || text.find("L3Mv") != std::string::npos;
}

}  // namespace

TEST_CASE("Every route of the store wants a token where there are tokens", "[server][door]") {
  DoorRig rig({}, {"ann"});
  for (const auto& route : rig.router().routes()) {
    CAPTURE(route->pattern);
    std::string path(route->pattern);
    if (const std::size_t at = path.find("{id}"); at != std::string::npos) path.replace(at, 4, "7");
    CHECK(rig.request(route->method, path + "?key=/a", "{}").status == 401);
  }
  const std::string token = "Connection: close\r\nAuthorization: Bearer ann-token\r\n";
  CHECK(rig.request("PUT", "/api/store/key?key=/a", "1", token).status == 200);
  CHECK(rig.request("POST", "/v3/kv/range", "{" + kAll + "}", token).status == 200);
}

TEST_CASE("The watches of one token are bounded together", "[server][door]") {
  DoorRig rig({}, {"ann", "bob"});
  std::vector<std::unique_ptr<server::store::Watch>> watches;
  for (std::size_t i = 0; i < server::store::kWatchesPerClient; ++i)
    watches.push_back(rig.store().watch({.range = {}, .from = 0, .client = "token ann"}));
  const std::string close = "Connection: close\r\n";
  CHECK_THAT(
      rig.request("GET", "/api/store/watch?wait=0", {}, close + "Authorization: Bearer ann-token\r\n").body,
      Contains(R"("code":400)"));
  CHECK_THAT(
      rig.request("GET", "/api/store/watch?wait=0", {}, close + "Authorization: Bearer bob-token\r\n").body,
      Contains(R"("code":200)"));
}

TEST_CASE("Secret keys are in no answer", "[server][door]") {
  DoorRig rig({"/s/"});
  run(rig.store().grant(std::chrono::seconds(60), 7, soon()));
  put(rig.store(), "/s/1", "hidden", 7);
  put(rig.store(), "/open", "shown", 7);
  for (const char* target :
       {"/api/store/key?key=/s/1", "/api/store/range", "/api/store/range?prefix=/s/",
        "/api/store/range?key=/s/1", "/api/store/leases/7", "/api/store/watch?index=1&wait=0"}) {
    const std::string answer = rig.api("GET", target);
    CAPTURE(target, answer);
    CHECK_FALSE(tells(answer));
  }
  const std::vector<std::pair<std::string, std::string>> asked{
      {"/v3/kv/range", "{" + kAll + "}"},
      {"/v3/kv/range", R"({"key":"L3MvMQ=="})"},
      {"/v3/kv/put", R"({"key":"L3MvMQ==","value":"aGlkZGVu","prev_kv":true})"},
      {"/v3/lease/timetolive", R"({"ID":"7","keys":true})"},
      {"/v3/kv/txn", R"({"success":[{"request_range":{)" + kAll +
                         R"(}},{"request_put":{"key":"L3MvMQ==","value":"aGlkZGVu","prev_kv":true}}]})"},
      {"/api/store/txn", R"({"then":[{"get":{"prefix":"/"}}]})"},
      {"/v3/kv/deleterange", R"({"key":"L3MvMQ==","prev_kv":true})"}};
  for (const auto& [target, body] : asked) {
    const DoorReply reply = rig.post(target, body);
    CAPTURE(target, body, reply.body);
    CHECK(reply.status == 200);
    CHECK_FALSE(tells(reply.body));
    CHECK_THAT(reply.body, !Contains("\"deleted\":\"1\""));
  }
  CHECK_FALSE(value(rig.store(), "/s/1"));  // it was deleted all the same
}

TEST_CASE("Secret keys are not counted", "[server][door]") {
  DoorRig rig({"/s/"});
  for (const char* key : {"/s/1", "/s/2", "/t"}) put(rig.store(), key, "hidden");
  CHECK_THAT(rig.post("/v3/kv/range", "{" + kAll + R"(,"count_only":true})").body,
             Contains(R"("count":"1"})"));
  CHECK_THAT(rig.post("/v3/kv/range", "{" + kAll + R"(,"limit":"1"})").body,
             Contains(R"("count":"1"})") && !Contains("more"));
  CHECK_THAT(rig.api("GET", "/api/store/range?limit=1"), !Contains("more"));
  CHECK_THAT(rig.post("/v3/kv/deleterange", "{" + kAll + "}").body, Contains(R"("deleted":"1"})"));
  put(rig.store(), "/s/1", "hidden");
  put(rig.store(), "/t", "hidden");
  CHECK_THAT(rig.api("DELETE", "/api/store/range?prefix=/"), Contains(R"("deleted":1})"));
}

TEST_CASE("Secret keys are in no stream", "[server][door]") {
  DoorRig rig({"/s/"});
  DoorStream lines(rig,
                   DoorRig::request_text("POST", "/v3/watch", R"({"create_request":{)" + kAll + "}}", ""));
  DoorStream events(rig, DoorRig::request_text("GET", "/api/store/watch", {}, ""));
  CHECK_THAT(lines.line(), Contains("created"));
  CHECK_THAT(events.line(), Contains("id: 1"));
  server::store::Txn both = server::store::Txn::put("/s/1", "hidden");
  both.then.emplace_back(server::store::PutOp{"/t", "shown", 0});
  put(rig.store(), "/s/2", "hidden");
  txn(rig.store(), std::move(both));
  const std::string line = lines.line();
  CHECK_THAT(line, Contains("c2hvd24="));
  CHECK_FALSE(tells(line));
  std::string text;
  while (text.find("shown") == std::string::npos) text += events.line();
  CHECK_FALSE(tells(text));
}

TEST_CASE("Every route of the store stands in the document, with schemas that are JSON", "[server][door]") {
  DoorRig rig;
  const std::string text = server::openapi_document(rig.router(), "store", "1");
  const agent::json::Document document = agent::json::Document::parse(text);
  CHECK(rig.router().routes().size() >= 20);
  for (const auto& route : rig.router().routes()) {
    CAPTURE(route->pattern);
    CHECK(document.root().find("paths").find(route->pattern).is_object());
    CHECK(route->authenticate);
    if (!route->body_schema.empty()) agent::json::Document::parse(route->body_schema);
  }
}
