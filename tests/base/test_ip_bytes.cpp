#include "base/ip_bytes.hpp"

#include <catch2/catch.hpp>

using namespace agent;

TEST_CASE("The bytes of an address are in network order", "[base]") {
  const auto four = parse_ip("192.0.2.10");
  REQUIRE(four);
  CHECK(four->bits == 32);
  CHECK(four->bytes[0] == 192);
  CHECK(four->bytes[3] == 10);
  const auto six = parse_ip("2001:db8::1");
  REQUIRE(six);
  CHECK(six->bits == 128);
  CHECK(six->bytes[0] == 0x20);
  CHECK(six->bytes[15] == 1);
}

TEST_CASE("What is no address has no bytes", "[base]") {
  for (const std::string& text : {std::string(), std::string("host"), std::string("1.2.3"),
                                  std::string("01.2.3.4"), std::string("[::1]"), std::string("fe80::1%lo"),
                                  std::string("::1\0", 4), std::string("192.0.2.10 ")}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ip(text));
  }
}
