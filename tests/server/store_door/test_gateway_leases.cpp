// The bytes of /v3/lease, as etcd 3.4 answers them (reference cluster B.7).
#include <catch2/catch.hpp>

#include "tests/server/store_door/door_rig.hpp"

using namespace test;
using Catch::Matchers::Contains;

TEST_CASE("A lease is granted, kept alive, looked at and revoked", "[server][door]") {
  DoorRig rig;
  CHECK(rig.etcd("/v3/lease/grant", R"({"TTL":"5","ID":"77"})") ==
        R"({"header":{"revision":"1","raft_term":"1"},"ID":"77","TTL":"5"})");
  put(rig.store(), "/a", "1", 77);
  CHECK(rig.etcd("/v3/lease/keepalive", R"({"ID":"77"})") ==
        "{\"result\":{\"header\":{\"revision\":\"2\",\"raft_term\":\"1\"},\"ID\":\"77\",\"TTL\":\"5\"}}\n");
  for (const char* path : {"/v3/lease/timetolive", "/v3/kv/lease/timetolive"})
    CHECK(
        rig.etcd(path, R"({"ID":"77","keys":true})") ==
        R"({"header":{"revision":"2","raft_term":"1"},"ID":"77","TTL":"5","grantedTTL":"5","keys":["L2E="]})");
  CHECK(rig.etcd("/v3/lease/revoke", R"({"ID":"77"})") == R"({"header":{"revision":"3","raft_term":"1"}})");
  CHECK_FALSE(value(rig.store(), "/a"));
}

TEST_CASE("A lease that is gone has no TTL in a keep-alive, and -1 when looked at", "[server][door]") {
  DoorRig rig;
  CHECK(rig.etcd("/v3/lease/keepalive", R"({"ID":"5"})") ==
        "{\"result\":{\"header\":{\"revision\":\"1\",\"raft_term\":\"1\"},\"ID\":\"5\"}}\n");
  CHECK(rig.etcd("/v3/lease/timetolive", R"({"ID":"5"})") ==
        R"({"header":{"revision":"1","raft_term":"1"},"ID":"5","TTL":"-1"})");
  for (const char* path : {"/v3/lease/revoke", "/v3/kv/lease/revoke"}) {
    const DoorReply reply = rig.post(path, R"({"ID":"5"})");
    CHECK(reply.status == 404);
    CHECK_THAT(reply.body, Contains(R"("code":5})") && Contains("requested lease not found"));
  }
}

TEST_CASE("Ids are chosen by the store or by the client, once", "[server][door]") {
  DoorRig rig;
  const std::string chosen = rig.etcd("/v3/lease/grant", R"({"TTL":9,"ID":"0"})");
  CHECK_THAT(chosen, Contains(R"("ID":")") && !Contains(R"("ID":"0")") && Contains(R"("TTL":"9")"));
  CHECK(rig.post("/v3/lease/grant", R"({"TTL":"9","ID":"3"})").status == 200);
  const DoorReply again = rig.post("/v3/lease/grant", R"({"TTL":"9","ID":"3"})");
  CHECK(again.status == 412);
  CHECK_THAT(again.body, Contains(R"("code":9})") && Contains("lease already exists"));
}

TEST_CASE("A TTL is raised to the least one, and refused beyond the longest", "[server][door]") {
  DoorRig rig;
  CHECK_THAT(rig.etcd("/v3/lease/grant", "{}"), Contains(R"("TTL":"2"})"));
  CHECK_THAT(rig.etcd("/v3/lease/grant", R"({"TTL":"-4"})"), Contains(R"("TTL":"2"})"));
  const DoorReply long_one = rig.post("/v3/lease/grant", R"({"TTL":"9223372036854775807"})");
  CHECK(long_one.status == 400);
  CHECK_THAT(long_one.body, Contains("too large lease TTL") && Contains(R"("code":11})"));
}

TEST_CASE("The keys of a lease that expires go in one revision", "[server][door]") {
  DoorRig rig;
  rig.post("/v3/lease/grant", R"({"TTL":"5","ID":"8"})");
  put(rig.store(), "/a", "1", 8);
  put(rig.store(), "/b", "1", 8);
  rig.rig.pass(std::chrono::seconds(6));
  CHECK(rig.etcd("/v3/kv/range", R"({"key":"AA==","range_end":"AA=="})") ==
        R"({"header":{"revision":"4","raft_term":"1"}})");
  CHECK_THAT(rig.etcd("/v3/lease/keepalive", R"({"ID":"8"})"), !Contains("TTL"));
}
