// The JSON of etcd's gateway, read and written.
#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "store/gateway_json.hpp"

using namespace server::store;
using agent::json::Document;
using agent::json::Writer;

namespace {

template <class T>
std::string text_of(const T& value) {
  Writer out;
  gateway::write(out, value);
  return out.take();
}

}  // namespace

TEST_CASE("A key value is read as it was written", "[server][store]") {
  const KeyValue item{
      .key = std::string("\0k", 2), .value = "v", .created = 3, .modified = 5, .version = 2, .lease = -7};
  const std::string text = text_of(item);
  CHECK(
      text ==
      R"({"key":"AGs=","create_revision":"3","mod_revision":"5","version":"2","value":"dg==","lease":"-7"})");
  const Document document = Document::parse(text);
  const KeyValue read = gateway::read_key_value(document.root());
  CHECK(text_of(read) == text);
  CHECK(read.key == item.key);
}

TEST_CASE("Numbers are strings or numbers, names in both forms, and what is missing is 0",
          "[server][store]") {
  const Document document = Document::parse(R"({"createRevision":9007199254740993,"mod_revision":"-1"})");
  const KeyValue read = gateway::read_key_value(document.root());
  CHECK(read.created == 9007199254740993);
  CHECK(read.modified == -1);
  CHECK(read.key.empty());
  CHECK(read.version == 0);
}

TEST_CASE("What is no number and no base64 is refused", "[server][store]") {
  for (const char* text : {R"({"version":"1x"})", R"({"version":""})", R"({"version":"9223372036854775808"})",
                           R"({"version":1.5})", R"({"version":true})", R"({"key":"?"})", R"({"key":1})"}) {
    const Document document = Document::parse(text);
    CHECK_THROWS_AS(gateway::read_key_value(document.root()), agent::Error);
  }
}

TEST_CASE("A header keeps ids beyond 63 bits", "[server][store]") {
  const gateway::Header header{
      .cluster_id = 0xffffffffffffffff, .member_id = 1, .revision = 5, .raft_term = 2};
  const std::string text = text_of(header);
  CHECK(text == R"({"cluster_id":"18446744073709551615","member_id":"1","revision":"5","raft_term":"2"})");
  const Document document = Document::parse(text);
  const gateway::Header read = gateway::read_header(document.root());
  CHECK(text_of(read) == text);
}

TEST_CASE("An event is a put unless it says that it is a delete", "[server][store]") {
  const Document put = Document::parse(R"({"kv":{"key":"YQ==","mod_revision":"4","version":"1"}})");
  CHECK_FALSE(gateway::read_event(put.root()).now.is_deleted());
  const Document erase = Document::parse(
      R"({"type":"DELETE","kv":{"key":"YQ==","mod_revision":"5"},"prev_kv":{"key":"YQ==","version":"1"}})");
  const gateway::Event event = gateway::read_event(erase.root());
  CHECK(event.now.is_deleted());
  REQUIRE(event.before);
  CHECK(event.before->version == 1);
  Writer out;
  gateway::write_event(out, event.now);
  CHECK(out.take() == R"({"type":"DELETE","kv":{"key":"YQ==","mod_revision":"5"}})");
}

TEST_CASE("Ranges have etcd's ends", "[server][store]") {
  using gateway::range_of;
  CHECK(range_of("a", "") == KeyRange::key("a"));
  CHECK(range_of("a", "b") == KeyRange{"a", "b"});
  CHECK(range_of("a", std::string(1, '\0')) == KeyRange{"a", ""});
  CHECK_FALSE(range_of("b", "a"));
  CHECK_FALSE(range_of("b", "b"));
  const auto text = [](const KeyRange& range) {
    Writer out;
    out.begin_object();
    gateway::write_range(out, range);
    return out.end_object().take();
  };
  CHECK(text(KeyRange::all()) == R"({"key":"AA==","range_end":"AA=="})");
  CHECK(text(KeyRange::key("a")) == R"({"key":"YQ=="})");
  CHECK(text(KeyRange::prefix("a")) == R"({"key":"YQ==","range_end":"Yg=="})");
}
