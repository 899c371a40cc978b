#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "store/described_keys.hpp"

using namespace server::store;
using Catch::Matchers::Contains;

namespace {

std::string shown(const DescribedKeys& keys) {
  std::string out;
  for (const PutOp& put : keys.puts) out += put.key + " = " + put.value + "\n";
  return out;
}

std::string fault_of(const std::string& text) {
  try {
    read_described_keys(text);
  } catch (const agent::Error& error) {
    return std::string(error.text());
  }
  return {};
}

}  // namespace

TEST_CASE("Keys are described by a member each, in any order", "[store]") {
  CHECK(shown(read_described_keys(
            R"({"/b": {"ip": "x", "n": 12345678901234567890}, "/a": "one \"word\"", "/c": null})")) ==
        "/a = one \"word\"\n/b = {\"ip\":\"x\",\"n\":12345678901234567890}\n/c = null\n");
  CHECK(shown(read_described_keys("{}")).empty());
}

TEST_CASE("The dump of an etcd v2 tree is its keys, without those that would expire", "[store]") {
  const DescribedKeys keys = read_described_keys(
      R"({"action":"get","node":{"key":"/lain","dir":true,"createdIndex":3,"nodes":[)"
      R"({"key":"/lain/config","dir":true,"nodes":[{"key":"/lain/config/vip","value":"1"},)"
      R"({"key":"/lain/config/domain","value":"lain.local","modifiedIndex":7}]},)"
      R"({"key":"/lain/empty","dir":true},)"
      R"({"key":"/lain/lock","value":"x","expiration":"2018-01-01T00:00:00Z","ttl":12}]}})");
  CHECK(shown(keys) == "/lain/config/domain = lain.local\n/lain/config/vip = 1\n");
  CHECK(keys.left_out == std::vector<std::string>{"/lain/lock"});
}

TEST_CASE("The dump of a single key of an etcd v2 is that key", "[store]") {
  CHECK(shown(read_described_keys(R"({"action":"get","node":{"key":"/a","value":""}})")) == "/a = \n");
}

TEST_CASE("What does not describe keys is refused with the place", "[store]") {
  CHECK_FALSE(fault_of("/a = 1").empty());
  CHECK_THAT(fault_of("[]"), Contains("an object of keys"));
  CHECK_THAT(fault_of(R"({"a":"1"})"), Contains("'a' is no key"));
  CHECK_THAT(fault_of(R"({"/a":"1","/a":"2"})"), Contains("/a is there twice"));
  CHECK_THAT(fault_of(R"({"/a":")" + std::string(kMaxValue + 1, 'x') + R"("})"),
             Contains("/a: ") && Contains("1048576"));
  CHECK_THAT(fault_of("{\"/" + std::string(kMaxKey, 'k') + R"(":"1"})"), Contains("4096"));
}

TEST_CASE("Described keys are written in as few transactions as the limits allow", "[store]") {
  std::vector<PutOp> many(2 * kMaxOperations + 1, PutOp{"/a", "1"});
  CHECK(transactions_of(std::move(many)).size() == 3);
  std::vector<PutOp> large(3, PutOp{"/a", std::string(kMaxTxn / 2 - 2, 'x')});
  std::vector<Txn> split = transactions_of(std::move(large));
  REQUIRE(split.size() == 2);
  CHECK(split[0].bytes() == kMaxTxn);
  CHECK(transactions_of({}).empty());
}
