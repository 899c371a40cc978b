// GET /api/store/watch: event streams that go on where they were cut, and long polls.
#include <catch2/catch.hpp>
#include <future>

#include "tests/server/store_door/door_rig.hpp"

using namespace test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string watch_request(const std::string& query, const std::string& headers = {}) {
  return DoorRig::request_text("GET", "/api/store/watch?" + query, {}, headers);
}

// "id: 2|event: change|data: ..."
std::string event(DoorStream& stream) {
  std::string out = stream.line();
  for (int i = 0; i < 2; ++i) out += "|" + stream.line();
  return out;
}

// The next that tells of something.
std::string change(DoorStream& stream) {
  std::string text = event(stream);
  while (text.find("event: progress") != std::string::npos) text = event(stream);
  return text;
}

const std::string kA1 =
    R"({"type":"put","item":{"key":"/a","value":"1","created":2,"modified":2,"version":1}})";

}  // namespace

TEST_CASE("A stream begins with the revision, and has one event for each later one", "[server][door]") {
  DoorRig rig;
  DoorStream stream(rig, watch_request("prefix=/"));
  CHECK_THAT(stream.head, Contains("Content-Type: text/event-stream") && Contains("Cache-Control: no-store"));
  CHECK(event(stream) == R"(id: 1|event: progress|data: {"revision":1})");
  put(rig.store(), "/a", "1");
  CHECK(change(stream) == R"(id: 2|event: change|data: {"revision":2,"events":[)" + kA1 + "]}");
  server::store::Txn both = server::store::Txn::put("/b", "2");
  both.then.emplace_back(server::store::DeleteOp{server::store::KeyRange::key("/a")});
  txn(rig.store(), std::move(both));
  CHECK(change(stream) ==
        R"(id: 3|event: change|data: {"revision":3,"events":[)"
        R"({"type":"put","item":{"key":"/b","value":"2","created":3,"modified":3,"version":1}},)"
        R"({"type":"delete","item":{"key":"/a","created":0,"modified":3,"version":0}}]})");
}

TEST_CASE("A stream that was cut goes on behind its last id", "[server][door]") {
  DoorRig rig;
  for (const char* value : {"1", "2", "3"}) put(rig.store(), "/a", value);
  DoorStream all(rig, watch_request("prefix=/&index=1"));
  CHECK_THAT(change(all), StartsWith("id: 2|"));
  CHECK_THAT(change(all), StartsWith("id: 3|"));
  CHECK_THAT(change(all), StartsWith("id: 4|"));
  DoorStream rest(rig, watch_request("prefix=/&index=1", "Last-Event-ID: 3\r\n"));
  CHECK_THAT(change(rest), StartsWith("id: 4|"));
}

TEST_CASE("A stream has lines for those who want them", "[server][door]") {
  DoorRig rig;
  put(rig.store(), "/a", "1");
  DoorStream stream(rig, watch_request("key=/a&index=1", "Accept: application/x-ndjson\r\n"));
  CHECK(stream.line() == R"({"event":"change","data":{"revision":2,"events":[)" + kA1 + "]}}");
}

TEST_CASE("A stream says where it stands when nothing happens", "[server][door]") {
  DoorRig rig({}, {}, std::chrono::milliseconds(10));
  DoorStream stream(rig, watch_request("key=/elsewhere"));
  put(rig.store(), "/a", "1");
  std::string text = event(stream);
  for (int i = 0; i < 1000 && text.find("id: 2") == std::string::npos; ++i) text = event(stream);
  CHECK(text == R"(id: 2|event: progress|data: {"revision":2})");
}

TEST_CASE("A history that is gone ends a stream, and is 410 for a long poll", "[server][door]") {
  DoorRig rig;
  put(rig.store(), "/a", "1");
  rig.rig.compact();
  DoorStream stream(rig, watch_request("prefix=/&index=1", "Connection: close\r\n"));
  CHECK(stream.line() == "event: compacted");
  CHECK_THAT(stream.line(), StartsWith(R"(data: {"revision":)"));
  CHECK_THAT(stream.rest(), !Contains("event"));
  CHECK_THAT(rig.api("GET", "/api/store/watch?prefix=/&index=1&wait=30"), StartsWith("410 "));
}

TEST_CASE("A long poll answers what has happened, then waits for more", "[server][door]") {
  DoorRig rig;
  put(rig.store(), "/a", "1");
  CHECK(rig.api("GET", "/api/store/watch?prefix=/&index=1&wait=30") ==
        R"({"revision":2,"events":[)" + kA1 + "]}");
  auto waiting = std::async(std::launch::async,
                            [&] { return rig.api("GET", "/api/store/watch?prefix=/&index=2&wait=300"); });
  wait_until("it waits", [&] { return rig.store().figures().watches == 1; });
  put(rig.store(), "/b", "2");
  CHECK_THAT(waiting.get(), StartsWith(R"({"revision":3,"events":[{"type":"put","item":{"key":"/b")"));
  CHECK(rig.api("GET", "/api/store/watch?prefix=/&index=3&wait=0") == R"({"revision":3})");
}

TEST_CASE("What a watch refuses", "[server][door]") {
  DoorRig rig;
  CHECK_THAT(rig.api("GET", "/api/store/watch?index=9&wait=0"), StartsWith("400 ") && Contains("list again"));
  CHECK_THAT(rig.api("GET", "/api/store/watch?begin=/b&end=/a"), StartsWith("400 "));
  CHECK_THAT(rig.api("GET", "/api/store/watch?index=x"), StartsWith("400 "));
  CHECK_THAT(rig.request("GET", "/api/store/watch", {}, "Connection: close\r\nLast-Event-ID: x\r\n").body,
             Contains(R"({"code":400,)"));
}

TEST_CASE("A watch that never reads costs the others nothing, and ends", "[server][door]") {
  DoorRig rig;
  DoorStream deaf(rig, watch_request("prefix=/", "Connection: close\r\n"));
  DoorStream keen(rig, watch_request("prefix=/"));
  const std::string large(500'000, 'v');
  for (int i = 0; i < 60; ++i) {  // more than all buffers on the way and the history have room for
    put(rig.store(), "/a", large);
    CHECK_THAT(change(keen), Contains("event: change"));
  }
  const std::string all = deaf.rest();
  CHECK_THAT(all.substr(all.size() > 300 ? all.size() - 300 : 0), Contains("event: cancelled"));
}
