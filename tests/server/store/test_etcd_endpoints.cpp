#include <catch2/catch.hpp>
#include <chrono>
#include <set>

#include "agent/error.hpp"
#include "store/etcd_endpoints.hpp"

using namespace server::store;
using namespace std::chrono_literals;

TEST_CASE("Members are tried in turn, and a round without success is waited for", "[server][store]") {
  EtcdEndpoints turn({"a", "b", "c"}, [] { return 0.5; });
  CHECK(turn.current() == "b");
  CHECK(turn.failed("b") == 0ms);
  CHECK(turn.failed("c") == 0ms);
  CHECK(turn.failed("a") == 50ms);
  CHECK(turn.current() == "b");
  for (const char* name : {"b", "c"}) CHECK(turn.failed(name) == 0ms);
  CHECK(turn.failed("a") == 100ms);
  for (int i = 0; i < 60; ++i) turn.failed(turn.current());
  for (const char* name : {"b", "c"}) CHECK(turn.failed(name) == 0ms);
  CHECK(turn.failed("a") == EtcdEndpoints::kLongestWait / 2);
  turn.succeeded();
  for (const char* name : {"b", "c"}) CHECK(turn.failed(name) == 0ms);
  CHECK(turn.failed("a") == 50ms);
}

TEST_CASE("A member that failed many calls at once is left once", "[server][store]") {
  EtcdEndpoints turn({"a", "b"}, [] { return 0.0; });
  for (int i = 0; i < 5; ++i) turn.failed("a");
  CHECK(turn.current() == "b");
}

TEST_CASE("Servers do not all begin with the same member", "[server][store]") {
  std::set<std::string> begun;
  for (const double random : {0.0, 0.4, 0.99999})
    begun.insert(EtcdEndpoints({"a", "b", "c"}, [random] { return random; }).current());
  CHECK(begun.size() == 3);
  CHECK_THROWS_AS(EtcdEndpoints({}, [] { return 0.0; }), agent::Error);
}
