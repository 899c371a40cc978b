// The store's gateway beside a real etcd: the same requests have the same answers, byte for byte.
#include <catch2/catch.hpp>
#include <regex>

#include "tests/support/etcd_cluster.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

// Without what differs from one cluster to the next.
std::string plain(const std::string& body) {
  static const std::regex kOwn(R"re("(cluster_id|member_id)":"\d+",|,?"raft_term":"\d+")re");
  return std::regex_replace(body, kOwn, "");
}

std::string ask(HttpClient& client, const std::string& path, const std::string& body) {
  const HttpReply reply = client.request("POST", path, {}, body);
  return std::to_string(reply.status) + " " + plain(reply.body);
}

const std::string kAll = R"("key":"AA==","range_end":"AA==")";

std::string too_many() {
  std::string puts;
  for (int i = 0; i < 129; ++i)
    puts += (i == 0 ? "" : ",") + std::string(R"({"request_put":{"key":"L2E="}})");
  return R"({"success":[)" + puts + "]}";
}

// In this order: each finds what those before have left.
std::vector<std::pair<std::string, std::string>> requests() {
  return {
      {"/v3/kv/put", R"({"key":"L2E=","value":"MQ=="})"},
      {"/v3/kv/put", R"({"key":"L2E=","value":"Mg==","prev_kv":true})"},
      {"/v3/kv/put", R"({"key":"L2I="})"},
      {"/v3/kv/range", "{" + kAll + "}"},
      {"/v3/kv/range", "{" + kAll + R"(,"limit":"1"})"},
      {"/v3/kv/range", "{" + kAll + R"(,"limit":1,"sort_order":"DESCEND"})"},
      {"/v3/kv/range", "{" + kAll + R"(,"sort_target":"MOD"})"},
      {"/v3/kv/range", "{" + kAll + R"(,"keysOnly":true})"},
      {"/v3/kv/range", "{" + kAll + R"(,"count_only":true})"},
      {"/v3/kv/range", "{" + kAll + R"(,"min_mod_revision":"4"})"},
      {"/v3/kv/range", "{" + kAll + R"(,"revision":"99"})"},
      {"/v3/kv/range", R"({"key":"L2I=","range_end":"L2E="})"},
      {"/v3/kv/range", R"({"key":"L2I=","range_end":"AA=="})"},
      {"/v3/kv/range", R"({"key":"L3g="})"},
      {"/v3/kv/range", "{}"},
      {"/v3/kv/put", "{}"},
      {"/v3/kv/put", ""},
      {"/v3/kv/put", R"({"key":"L2w=","lease":"99"})"},
      {"/v3/lease/grant", R"({"TTL":"600","ID":"77"})"},
      {"/v3/lease/grant", R"({"TTL":"600","ID":"77"})"},
      {"/v3/lease/grant", R"({"TTL":"0","ID":"78"})"},
      {"/v3/lease/grant", R"({"TTL":"9223372036854775807"})"},
      {"/v3/kv/put", R"({"key":"L2w=","lease":"77"})"},
      {"/v3/kv/range", R"({"key":"L2w="})"},
      {"/v3/lease/keepalive", R"({"ID":"77"})"},
      {"/v3/lease/keepalive", R"({"ID":"79"})"},
      {"/v3/lease/timetolive", R"({"ID":"79"})"},
      {"/v3/lease/revoke", R"({"ID":"79"})"},
      {"/v3/kv/lease/revoke", R"({"ID":"77"})"},
      {"/v3/kv/txn",
       R"({"compare":[{"key":"L3Q=","target":"CREATE","create_revision":"0"}],)"
       R"("success":[{"request_put":{"key":"L3Q=","value":"dA=="}},{"request_put":{"key":"L3U="}}]})"},
      {"/v3/kv/txn", R"({"compare":[{"key":"L3Q=","target":"CREATE","create_revision":"0"}],)"
                     R"("failure":[{"request_range":{"key":"L3Q="}},)"
                     R"({"request_delete_range":{"key":"L3U=","prev_kv":true}},)"
                     R"({"request_put":{"key":"L3Q=","prev_kv":true}},{"request_range":{"key":"L3Q="}}]})"},
      {"/v3/kv/txn", R"({"compare":[{"key":"L24=","target":"VALUE","result":"NOT_EQUAL","value":"eA=="}]})"},
      {"/v3/kv/txn", R"({"success":[{"request_range":{"key":"L3Q=","range_end":"L3M="}}]})"},
      {"/v3/kv/txn", R"({"success":[{"request_put":{"key":"L3Q="}},{"request_put":{"key":"L3Q="}}]})"},
      {"/v3/kv/txn", too_many()},
      {"/v3/kv/txn", "{}"},
      {"/v3/kv/txn", R"({"success":[{}]})"},
      {"/v3/kv/deleterange", R"({"key":"L24="})"},
      {"/v3/kv/deleterange", R"({"key":"L3Q=","prev_kv":true})"},
      {"/v3/kv/deleterange", "{}"},
      {"/v3/kv/put", R"({"key":"L2E=","value":")" + std::string(2'400'000, 'A') + R"("})"},
  };
}

// The first lines of a watch.
std::string watch(HttpClient client, const std::string& create, std::size_t lines) {
  client.send_request("POST", "/v3/watch", {}, R"({"create_request":{)" + create + "}}");
  std::string received;
  const auto count = [&] {
    std::size_t found = 0;
    for (std::size_t at = received.find("{\"result\""); at != std::string::npos;
         at = received.find("{\"result\"", at + 1))
      if (received.find("}}\n", at) != std::string::npos) ++found;
    return found;
  };
  while (count() < lines) {
    const std::string piece = client.socket().receive();
    if (piece.empty()) break;
    received += piece;
  }
  std::string out;
  for (std::size_t at = received.find("{\"result\""); at != std::string::npos;
       at = received.find("{\"result\"", at + 1))
    out += received.substr(at, received.find('\n', at) + 1 - at);
  return plain(out);
}

}  // namespace

TEST_CASE("The store's gateway answers as etcd does", "[system]") {
  const EtcdCluster etcd;
  const ServerProgram server;
  HttpClient theirs(etcd.port(0));
  HttpClient ours = server.client();
  for (const auto& [path, body] : requests()) {
    CAPTURE(path, body.substr(0, 300));
    const std::string wanted = ask(theirs, path, body);
    CHECK(ask(ours, path, body) == wanted);
  }
  for (const std::string& create :
       {kAll + R"(,"start_revision":"2")", kAll + R"(,"start_revision":"5","watch_id":"6")",
        kAll + R"(,"start_revision":"2","filters":["NOPUT"])"}) {
    CAPTURE(create);
    const std::string wanted = watch(HttpClient(etcd.port(0)), create, 2);
    CHECK(watch(server.client(), create, 2) == wanted);
  }
}
