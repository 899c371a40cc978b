#include <catch2/catch.hpp>
#include <string>

#include "net/authority.hpp"

using namespace agent::net;

namespace {

// "host port", with "v6 " before an IPv6 address, "-" for what is none.
std::string parsed(std::string_view text) {
  const auto authority = parse_authority(text);
  if (!authority) return "-";
  return (authority->is_ipv6 ? "v6 " : "") + std::string(authority->host) + " " +
         std::to_string(authority->port);
}

bool is_ip(std::string_view text) { return is_ip_address(parse_authority(text).value()); }

bool same(std::string_view a, std::string_view b) {
  return same_origin(parse_origin(a).value(), parse_origin(b).value());
}

}  // namespace

TEST_CASE("Host and port come out of an authority", "[net]") {
  CHECK(parsed("server") == "server 0");
  CHECK(parsed("Server.Example:13081") == "Server.Example 13081");
  CHECK(parsed("server.example.") == "server.example 0");
  CHECK(parsed("server.example.:80") == "server.example 80");
  CHECK(parsed("my_host-1:") == "my_host-1 0");
  CHECK(parsed("127.0.0.1:65535") == "127.0.0.1 65535");
  CHECK(parsed("[::1]") == "v6 ::1 0");
  CHECK(parsed("[fe80::1%25eth0]:80") == "v6 fe80::1 80");
}

TEST_CASE("What is no authority is none", "[net]") {
  for (const std::string text : {"",
                                 ".",
                                 ":80",
                                 "a:0",
                                 "a:65536",
                                 "a:+1",
                                 "a:1x",
                                 "a:b:1",
                                 "a b",
                                 "a/b",
                                 "user@a",
                                 "a?b",
                                 "a#b",
                                 "::1",
                                 "[::1",
                                 "[::1]x",
                                 "[::1]80",
                                 "[1.2.3.4]",
                                 "[evil.example]",
                                 "[]",
                                 "ev\xc3\xadl",
                                 "a,b",
                                 "*"}) {
    CAPTURE(text);
    CHECK(parsed(text) == "-");
  }
  CHECK(parsed(std::string(255, 'a')) != "-");
  CHECK(parsed(std::string(256, 'a')) == "-");
}

TEST_CASE("Addresses are told from names that look like them", "[net]") {
  for (const char* text : {"127.0.0.1", "192.0.2.7:80", "[::1]:80", "[2001:db8::1]", "127.0.0.1."}) {
    CAPTURE(text);
    CHECK(is_ip(text));
  }
  for (const char* text :
       {"localhost", "127.0.0.1.evil.example", "127.0.0", "1", "1.2.3.256", "0x7f.0.0.1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_ip(text));
  }
}

TEST_CASE("Origins are equal in scheme, host and port", "[net]") {
  CHECK(same("http://a", "HTTP://A:80"));
  CHECK(same("https://a.", "https://a:443"));
  CHECK(same("http://[::1]:1", "http://[::1]:1"));
  CHECK_FALSE(same("http://a", "https://a"));
  CHECK_FALSE(same("http://a:80", "https://a:80"));
  CHECK_FALSE(same("http://a", "http://a:8080"));
  CHECK_FALSE(same("http://a", "http://a.b"));
  CHECK(same("app://a", "app://a"));
  for (const char* text :
       {"", "null", "*", "http://", "://a", "a", "http:/a", "http://a/", "http://a?b", "ht tp://a"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_origin(text));
  }
}

TEST_CASE("A port that is not named is the scheme's", "[net]") {
  const auto same = [](std::string_view a, std::string_view b, std::string_view scheme) {
    return same_authority(parse_authority(a).value(), parse_authority(b).value(), scheme);
  };
  CHECK(same("a", "a:80", "http"));
  CHECK(same("a:443", "a", "https"));
  CHECK_FALSE(same("a", "a:443", "http"));
  CHECK_FALSE(same("a", "a:13081", "http"));
}
