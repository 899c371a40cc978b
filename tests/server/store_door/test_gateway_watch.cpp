// The lines of /v3/watch, as etcd 3.4 writes them (reference cluster B.6).
#include <catch2/catch.hpp>

#include "agent/base64.hpp"
#include "store_door/json_prefix.hpp"
#include "tests/server/store_door/door_rig.hpp"

using namespace test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string watch_request(const std::string& create, std::string_view headers = {}) {
  return DoorRig::request_text("POST", "/v3/watch", R"({"create_request":{)" + create + "}}", headers);
}

std::string line_with(std::string_view header, const std::string& rest) {
  return R"({"result":{"header":{"revision":")" + std::string(header) + R"(","raft_term":"1"})" + rest + "}}";
}

const std::string kAll = R"("key":"AA==","range_end":"AA==")";

}  // namespace

TEST_CASE("A watch has etcd's lines", "[server][door]") {
  DoorRig rig;
  DoorStream stream(rig, watch_request(R"("key":"L3c=","range_end":"L3g=")"));
  CHECK_THAT(stream.head, Contains("HTTP/1.1 200 OK") && Contains("Transfer-Encoding: chunked"));
  CHECK(rig.without_ids(stream.line()) == line_with("1", R"(,"created":true)"));
  put(rig.store(), "/x", "elsewhere");
  put(rig.store(), "/w/1", "one");
  CHECK(rig.without_ids(stream.line()) ==
        line_with("3", R"(,"events":[{"kv":{"key":"L3cvMQ==","create_revision":"3","mod_revision":"3",)"
                       R"("version":"1","value":"b25l"}}])"));
  erase(rig.store(), server::store::KeyRange::key("/w/1"));
  CHECK(rig.without_ids(stream.line()) ==
        line_with("4", R"(,"events":[{"type":"DELETE","kv":{"key":"L3cvMQ==","mod_revision":"4"}}])"));
}

TEST_CASE("A watch from the past has all that was missed, and its id", "[server][door]") {
  DoorRig rig;
  put(rig.store(), "/a", "1");
  put(rig.store(), "/a", "2");
  put(rig.store(), "/b", "3");
  DoorStream stream(rig, watch_request(R"("key":"L2E=","start_revision":"3","watch_id":"6")"));
  CHECK(rig.without_ids(stream.line()) == line_with("4", R"(,"watch_id":"6","created":true)"));
  CHECK(rig.without_ids(stream.line()) ==
        line_with("4", R"(,"watch_id":"6","events":[{"kv":{"key":"L2E=","create_revision":"2",)"
                       R"("mod_revision":"3","version":"2","value":"Mg=="}}])"));
}

TEST_CASE("A watch of what is compacted is created and canceled with the revision", "[server][door]") {
  DoorRig rig;
  put(rig.store(), "/a", "1");
  rig.rig.compact();
  DoorStream stream(rig, watch_request(kAll + R"(,"start_revision":"2")", "Connection: close\r\n"));
  CHECK_THAT(stream.line(), Contains(R"("created":true)"));
  const std::string line = rig.without_ids(stream.line());
  const std::string begin = R"({"result":{"header":{"raft_term":"1"},"canceled":true,"compact_revision":")";
  REQUIRE_THAT(line, StartsWith(begin));
  CHECK_THAT(stream.rest(), !Contains("result"));
  // A client of etcd begins again there.
  const std::string first = line.substr(begin.size(), line.find('"', begin.size()) - begin.size());
  DoorStream again(rig, watch_request(kAll + R"(,"start_revision":")" + first + "\""));
  CHECK_THAT(again.line(), Contains("created"));
  CHECK_THAT(again.line(), Contains(R"("events":[)") && Contains(R"("mod_revision":")" + first + "\""));
}

TEST_CASE("What a watch cannot be is told in the stream", "[server][door]") {
  DoorRig rig;
  const std::string create = GENERATE(as<std::string>{}, R"("key":"L2I=","range_end":"L2E=")",
                                      R"("key":"L2E=","start_revision":"1000000")");
  DoorStream stream(rig, watch_request(create));
  CHECK_THAT(stream.line(), Contains(R"("watch_id":"-1","created":true,"canceled":true,"cancel_reason":")"));
}

TEST_CASE("Messages that are no watch are refused in the form of a stream", "[server][door]") {
  DoorRig rig;
  const std::string body =
      GENERATE(as<std::string>{}, "", "{}", "[]", "{", R"({"create_request":{"key":5}})",
               R"({"create_request":{"start_revision":"x"}})", R"({"progress_request":{}})");
  const DoorReply reply = rig.post("/v3/watch", body);
  CAPTURE(body, reply.body);
  CHECK(reply.status == 400);
  CHECK_THAT(reply.body, StartsWith(R"({"error":{"grpc_code":3,"http_code":400,"message":")") &&
                             Contains(R"("http_status":"Bad Request"}})"));
}

TEST_CASE("Filters leave puts or deletes out", "[server][door]") {
  DoorRig rig;
  DoorStream deletes(rig, watch_request(kAll + R"(,"filters":["NOPUT"])"));
  DoorStream puts(rig, watch_request(kAll + R"(,"filters":[1])"));
  CHECK_THAT(deletes.line(), Contains("created"));
  CHECK_THAT(puts.line(), Contains("created"));
  put(rig.store(), "/a", "1");
  CHECK_THAT(puts.line(), Contains(R"("key":"L2E=")"));
  erase(rig.store(), server::store::KeyRange::key("/a"));
  CHECK_THAT(deletes.line(), Contains("DELETE"));
  put(rig.store(), "/b", "1");
  CHECK_THAT(puts.line(), Contains(R"("key":"L2I=")") && !Contains("DELETE"));
}

TEST_CASE("A body that stays open is answered after its first message", "[server][door]") {
  DoorRig rig;
  RawClient client(rig.port);
  const std::string create = R"({"create_request":{"key":"L2E="}})";
  client.send("POST /v3/watch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("21\r\n" + create + "\r\n");
  CHECK_THAT(client.read_until("\"created\":true"), Contains("HTTP/1.1 200 OK"));
  put(rig.store(), "/a", "1");
  CHECK_THAT(client.read_until("\"events\""), Contains(R"("revision":"2")"));
}

TEST_CASE("The watches of a client are bounded", "[server][door]") {
  DoorRig rig;
  std::vector<std::unique_ptr<server::store::Watch>> watches;
  for (std::size_t i = 0; i < server::store::kWatchesPerClient; ++i)
    watches.push_back(rig.store().watch({.range = {}, .from = 0, .client = "address 127.0.0.1"}));
  DoorStream refused(rig, watch_request(kAll));
  CHECK_THAT(refused.line(), Contains("cancel_reason") && Contains("1000"));
  watches.pop_back();
  DoorStream taken(rig, watch_request(kAll));
  CHECK_THAT(taken.line(), Contains("created"));
  put(rig.store(), "/a", "1");
  CHECK_THAT(taken.line(), Contains("events"));
}

TEST_CASE("A watch ends with the client's connection", "[server][door]") {
  DoorRig rig;
  DoorStream stream(rig, watch_request(kAll));
  CHECK_THAT(stream.line(), Contains("created"));
  CHECK(rig.store().figures().watches == 1);
  stream.client().reset();
  wait_until("the watch has gone", [&] { return rig.store().figures().watches == 0; });
}

TEST_CASE("The first of several JSON messages is found", "[server][door]") {
  using server::door::json_prefix;
  CHECK(json_prefix("") == 0);
  CHECK(json_prefix(R"( {"a":{"b":"}"})") == 0);
  CHECK(json_prefix(R"( {"a":{"b":"}\"}"}}{"c":1})") == 19);
  CHECK(json_prefix("{}\n{}") == 2);
  CHECK(json_prefix("[1]") == 3);  // no message at all: it is what is refused
}

TEST_CASE("A watch that wants progress hears of revisions that are not for it", "[server][door]") {
  DoorRig rig({}, {}, std::chrono::milliseconds(10));
  DoorStream stream(rig, watch_request(R"("key":"L2E=","progress_notify":true)"));
  CHECK_THAT(stream.line(), Contains("created"));
  put(rig.store(), "/b", "1");
  std::string line = stream.line();
  for (int i = 0; i < 1000 && line.find(R"("revision":"2")") == std::string::npos; ++i) line = stream.line();
  CHECK(rig.without_ids(line) == line_with("2", ""));
}
