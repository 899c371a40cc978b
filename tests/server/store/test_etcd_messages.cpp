#include <catch2/catch.hpp>
#include <string>

#include "agent/base64.hpp"
#include "agent/error.hpp"
#include "store/etcd_error.hpp"
#include "store/etcd_mark.hpp"
#include "store/etcd_messages.hpp"

using namespace server::store;
using agent::json::Document;
using Kind = EtcdWatchLine::Kind;

namespace {

const EtcdKeys kKeys("p");

std::string b64(std::string_view text) { return agent::encode_base64(text); }

EtcdWatchLine line(const std::string& text) { return watch_line(text, kKeys); }

std::string result(const std::string& fields) {
  return R"({"result":{"header":{"cluster_id":"7","revision":"12","raft_term":"2"})" + fields + "}}";
}

std::string with_key(const std::string& key, const std::string& rest) {
  return R"({"kv":{"key":")" + b64(key) + "\"" + rest + "}";
}

// The code and the text of an error, by whichever way it came.
std::string error_text(const std::string& text) {
  const Document document = Document::parse(text);
  const auto error = error_in(document.root());
  if (!error) return "none";
  return std::to_string(static_cast<int>(error->code)) + " " + error->what();
}

}  // namespace

TEST_CASE("Requests have bytes in base64, numbers as text, and the prefix", "[server][store]") {
  CHECK(range_request(kKeys.outside(KeyRange::all()), 5, 9) ==
        R"({"key":"cC8=","range_end":"cDA=","limit":"5","revision":"9"})");
  CHECK(range_request({}, 0) == R"({"key":"AA==","range_end":"AA=="})");
  Txn txn = Txn::put("a", std::string("\0", 1), 3);
  txn.compares.push_back({"b", Compare::Target::modified, Compare::Is::less, 4, ""});
  txn.compares.push_back({"b", Compare::Target::value, Compare::Is::not_equal, 0, "x"});
  txn.otherwise.emplace_back(DeleteOp{{"a", ""}});
  txn.otherwise.emplace_back(GetOp{KeyRange::key("a"), 1});
  CHECK(txn_request(txn, kKeys) ==
        R"({"compare":[{"key":"cC9i","target":"MOD","result":"LESS","mod_revision":"4"},)"
        R"({"key":"cC9i","target":"VALUE","result":"NOT_EQUAL","value":"eA=="}],)"
        R"("success":[{"request_put":{"key":"cC9h","value":"AA==","lease":"3"}}],)"
        R"("failure":[{"request_delete_range":{"key":"cC9h","range_end":"cDA="}},)"
        R"({"request_range":{"key":"cC9h","range_end":"cC9hAA==","limit":"1"}}]})");
  CHECK(grant_request(8, std::chrono::seconds(5)) == R"({"TTL":"5","ID":"8"})");
}

TEST_CASE("Numbers may be text or not, and what is missing is nothing", "[server][store]") {
  const std::string text =
      R"({"header":{"cluster_id":18446744073709551615,"revision":"9223372036854775807"},)"
      R"("kvs":[{"key":"cC9h","create_revision":3,"mod_revision":"4","version":"2"}]})";
  const Document document = Document::parse(text);
  CHECK(header_of(document.root()).cluster == 18446744073709551615U);
  const Snapshot found = range_answer(document.root(), kKeys);
  CHECK(found.revision == 9223372036854775807);
  REQUIRE(found.items.size() == 1);
  CHECK(found.items[0]->key == "a");
  CHECK(found.items[0]->value.empty());
  CHECK(found.items[0]->created == 3);
  CHECK(found.items[0]->lease == 0);
  CHECK_FALSE(found.more);
  CHECK(range_answer(Document::parse(R"({"header":{}})").root(), kKeys).items.empty());
}

TEST_CASE("Answers that are not etcd's are no keys", "[server][store]") {
  for (const char* text :
       {R"({"kvs":[{"key":"cC9h","mod_revision":"1.5","version":"1"}]})",
        R"({"kvs":[{"key":"cC9h","mod_revision":"99999999999999999999","version":"1"}]})",
        R"({"kvs":[{"key":"cC9h"}]})", R"({"kvs":[{"key":"eA==","version":"1"}]})",
        R"({"kvs":[{"key":"!","version":"1"}]})", R"({"kvs":[{"key":7,"version":"1"}]})"}) {
    INFO(text);
    const Document document = Document::parse(text);
    CHECK_THROWS_AS(range_answer(document.root(), kKeys), agent::Error);
  }
  const Document few = Document::parse(R"({"header":{},"succeeded":true,"responses":[]})");
  CHECK_THROWS_AS(txn_answer(few.root(), Txn::put("a", "b"), kKeys), agent::Error);
}

TEST_CASE("Each line of a watch says what it is", "[server][store]") {
  CHECK(line(result(R"(,"created":true)")).kind == Kind::created);
  CHECK(line(result("")).kind == Kind::progress);
  CHECK(line(result("")).header.revision == 12);
  CHECK(line(result(R"(,"watch_id":"-1")")).kind == Kind::alive);
  const EtcdWatchLine gone = line(result(R"(,"canceled":true,"compact_revision":"15")"));
  CHECK(gone.kind == Kind::compacted);
  CHECK(gone.compacted == 15);
  const EtcdWatchLine over = line(result(R"(,"canceled":true,"cancel_reason":"permission denied")"));
  CHECK(over.kind == Kind::cancelled);
  CHECK(over.reason == "permission denied");
  const EtcdWatchLine events = line(
      result(R"(,"fragment":true,"events":[)" +
             with_key("p/a", R"(,"create_revision":"12","mod_revision":"12","version":"1","value":"eA=="})") +
             R"(,{"type":"DELETE",)" + with_key("p/b", R"(,"mod_revision":"12"})").substr(1) + "]"));
  CHECK(events.kind == Kind::events);
  CHECK(events.goes_on);
  REQUIRE(events.events.size() == 2);
  CHECK(events.events[0]->value == "x");
  CHECK_FALSE(events.events[0]->is_deleted());
  CHECK(events.events[1]->key == "b");
  CHECK(events.events[1]->is_deleted());
  CHECK(events.events[1]->modified == 12);
}

TEST_CASE("Lines that are half, pages or of other keys are refused", "[server][store]") {
  const std::string whole = result(R"(,"created":true)");
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_THROWS_AS(line(whole.substr(0, size)), agent::Error);
  CHECK_THROWS_AS(line("<html>"), agent::Error);
  CHECK_THROWS_AS(line("{}"), agent::Error);
  const std::string foreign = with_key("q/a", R"(,"mod_revision":"12","version":"1"})");
  CHECK_THROWS_AS(line(result(R"(,"events":[)" + foreign + "]")), agent::Error);
}

TEST_CASE("Errors are read in all three forms, of a call and of a stream", "[server][store]") {
  CHECK(error_text(R"({"error":"key is not provided","message":"x","code":3})") ==
        "3 etcd: key is not provided");
  CHECK(error_text(R"({"error":{"grpc_code":14,"http_code":503,"message":"no leader"}})") ==
        "14 etcd: no leader");
  CHECK(error_text(R"({"code":5,"message":"lease not found","details":[]})") == "5 etcd: lease not found");
  CHECK(error_text(R"({"error":{"code":14,"message":"no leader","details":[]}})") == "14 etcd: no leader");
  CHECK(error_text(R"({"header":{},"succeeded":true})") == "none");
  CHECK(error_text(R"([])") == "none");
  CHECK_THROWS_AS(line(R"({"error":{"code":14,"message":"no leader","details":[]}})"), EtcdError);
}

TEST_CASE("An error is one of the four faults, and says whether it was begun", "[server][store]") {
  const auto fault = [](EtcdCode code, const char* text) { return EtcdError(code, text).fault(); };
  CHECK(fault(EtcdCode::unavailable, "request timed out") == Fault::unavailable);
  CHECK(fault(EtcdCode::unknown, "context deadline exceeded") == Fault::unavailable);
  CHECK(fault(EtcdCode::exhausted, "mvcc: database space exceeded") == Fault::unavailable);
  CHECK(fault(EtcdCode::out_of_range, "required revision has been compacted") == Fault::compacted);
  CHECK(fault(EtcdCode::out_of_range, "required revision is a future revision") == Fault::refused);
  CHECK(fault(EtcdCode::invalid, "request is too large") == Fault::refused);
  CHECK(fault(EtcdCode::not_found, "requested lease not found") == Fault::refused);
  CHECK(EtcdError(EtcdCode::unavailable, "etcdserver: no leader").is_undone);
  CHECK_FALSE(EtcdError(EtcdCode::unavailable, "etcdserver: request timed out").is_undone);
  CHECK(EtcdError(EtcdCode::unauthenticated, "invalid auth token").is_about_token);
  CHECK(error_of(503, "<html>busy</html>").fault() == Fault::unavailable);
  CHECK(error_of(503, "<html>busy</html>").what() == std::string("etcd: HTTP status 503"));
  CHECK(error_of(404, "404 page not found").fault() == Fault::refused);
  CHECK(error_of(400, R"({"error":"x","code":3})").code == EtcdCode::invalid);
}

TEST_CASE("A mark says the format, and a newer one is refused", "[server][store]") {
  const EtcdMark mark = new_mark();
  CHECK(mark.id.size() == 16);
  CHECK(new_mark().id != mark.id);
  CHECK(decode_mark("agent", encode(mark)).id == mark.id);
  const auto why = [](const char* text) {
    try {
      decode_mark("agent", text);
    } catch (const StoreError& error) {
      CHECK(error.fault() == Fault::refused);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(why(R"({"format":2,"id":"x"})").find("newer version") != std::string::npos);
  CHECK(why("hello").find("another prefix") != std::string::npos);
  CHECK(why(R"({"format":0,"id":"x"})").find("another prefix") != std::string::npos);
}
