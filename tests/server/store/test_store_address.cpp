#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"
#include "store/store_address.hpp"

using namespace server::store;

namespace {

std::string why_not(const std::string& text) {
  try {
    parse_store_address(text);
  } catch (const agent::Error& error) {
    CHECK(error.code() == agent::Errc::bad_config);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A store is the embedded one, or the members of an etcd and a prefix", "[server][store]") {
  CHECK_FALSE(parse_store_address("data_dir").is_etcd());
  const StoreAddress three = parse_store_address("etcd://a,b:4001,[::1]/agents/one/");
  CHECK(three.endpoints == std::vector<std::string>{"a:2379", "b:4001", "[::1]:2379"});
  CHECK(three.prefix == "agents/one");
  CHECK_FALSE(three.is_tls);
  CHECK(parse_store_address("etcds://10.0.0.1:1").is_tls);
  CHECK(parse_store_address("etcds://10.0.0.1:1") ==
        StoreAddress{.endpoints = {"10.0.0.1:1"}, .is_tls = true, .prefix = "agent"});
  CHECK(parse_store_address("etcd://a/").prefix == "agent");
}

TEST_CASE("A store's address that cannot be is refused with what would be right", "[server][store]") {
  for (const char* text : {"", "datadir", "http://a", "etcd://", "etcd://a,,b", "etcd://a:0", "etcd://a:b",
                           "etcd:///p", "etcd://a:70000"}) {
    INFO(text);
    CHECK(why_not(text).find("etcd://host,host/prefix") != std::string::npos);
  }
  const std::string secret = why_not("etcd://root:geheim@a/p");
  CHECK(secret.find("settings of their own") != std::string::npos);
  CHECK(secret.find("geheim") == std::string::npos);
}
