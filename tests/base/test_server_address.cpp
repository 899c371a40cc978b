#include "base/server_address.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"

using namespace agent;

TEST_CASE("Addresses are host:port, ws:// or wss://", "[base]") {
  CHECK(parse_address("a.example:13081").host == "a.example");
  CHECK(parse_address("ws://a:1").port == "1");
  CHECK(parse_address("wss://[2001:db8::1]:443").tls);
  CHECK(parse_address("[2001:db8::1]:443").host == "2001:db8::1");
  for (std::string bad : {"", "host", "host:", ":1", "host:x", "host:70000", "[::1]", "http://h"}) {
    CHECK_THROWS_AS(parse_address(bad), Error);
  }
  // Each of these was taken for the host "http" and the port "//h:1".
  for (std::string bad : {"http://h:1", "https://h:1", "HTTP://h:1", "tcp://h:1"}) {
    CHECK_THROWS_WITH(parse_address(bad),
                      Catch::Contains("is not for agents; want host:port, ws:// or wss://"));
  }
}
