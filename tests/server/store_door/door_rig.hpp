// DoorRig: an embedded store with its door on a free port of loopback, and short ways to ask it.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/json.hpp"
#include "store_door/store_door.hpp"
#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"
#include "tests/server/store/sqlite_rig.hpp"

namespace test {

struct DoorReply {
  int status = 0;
  std::string head;
  std::string body;
};

class DoorRig {
 public:
  // `tokens`: "<name>-token" is wanted of one of these names; none: no token is.
  explicit DoorRig(std::vector<std::string> secret_prefixes = {}, std::set<std::string> tokens = {},
                   std::chrono::milliseconds quiet = server::kQuietLimit, std::size_t history = kShortHistory,
                   server::store::SqliteStoreOptions options = {})
      : rig(history, std::move(options)),
        door_(rig.store(), server::store::SecretPrefixes(std::move(secret_prefixes)), quiet) {
    door_.add_routes(http_.router);
    if (!tokens.empty()) {
      http_.options.hooks.api_token = [tokens = std::move(tokens)](std::string_view token) {
        const std::string name(token.substr(0, token.rfind("-token")));
        return tokens.contains(name) ? std::optional<server::Grant>(name) : std::nullopt;
      };
    }
    http_.options.timeouts.tick = std::chrono::milliseconds(10);
    port = http_.start();
  }
  ~DoorRig() {
    http_.end();
    rig.close();
    http_.loops.clear();
  }

  server::store::SqliteStore& store() { return rig.sqlite(); }
  const server::Router& router() const { return http_.router; }

  static std::string request_text(std::string_view method, std::string_view target,
                                  std::string_view body = {},
                                  std::string_view headers = "Connection: close\r\n") {
    return std::string(method) + " " + std::string(target) +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(headers) + "\r\n" + std::string(body);
  }

  DoorReply request(std::string_view method, std::string_view target, std::string_view body = {},
                    std::string_view headers = "Connection: close\r\n") {
    RawClient client(port);
    client.send(request_text(method, target, body, headers));
    DoorReply reply;
    reply.head = client.read_until("\r\n\r\n");
    reply.body = client.read_all();
    if (reply.head.size() > 12) reply.status = std::stoi(reply.head.substr(9, 3));
    return reply;
  }
  DoorReply post(std::string_view target, std::string_view body) { return request("POST", target, body); }
  // The body, without the header of etcd's form, which says the same everywhere but for the revision.
  std::string etcd(std::string_view target, std::string_view body) {
    return without_ids(post(target, body).body);
  }
  // The payload of the envelope, or its code and message.
  std::string api(std::string_view method, std::string_view target, std::string_view body = {}) {
    const DoorReply reply = request(method, target, body);
    const agent::json::Document document = agent::json::Document::parse(reply.body);
    const agent::json::Value root = document.root();
    if (root.find("code").as_int(0, 999) != 200)
      return root.find("code").text() + " " + std::string(root.find("msg").as_string());
    return root.find("payload").text();
  }

  // Cluster and member are random.
  std::string without_ids(std::string text) const {
    const auto header = door_.header(0);
    const std::string ids = "\"cluster_id\":\"" + std::to_string(header.cluster_id) + "\",\"member_id\":\"" +
                            std::to_string(header.member_id) + "\",";
    for (std::size_t at = text.find(ids); at != std::string::npos; at = text.find(ids))
      text.erase(at, ids.size());
    return text;
  }

  SqliteRig rig;
  std::uint16_t port = 0;

 private:
  HttpServer http_;
  server::door::StoreDoor door_;
};

// A request whose answer goes on.
class DoorStream {
 public:
  DoorStream(const DoorRig& rig, const std::string& request) : client_(rig.port) {
    client_.send(request);
    head = client_.read_until("\r\n\r\n");
  }

  // The next line of the body that is no size of a chunk and not empty.
  std::string line() {
    for (;;) {
      std::string line = client_.read_until("\n");
      if (line.empty()) return line;  // the end
      line.pop_back();
      if (!line.empty() && line.back() == '\r') continue;
      if (!line.empty()) return line;
    }
  }
  std::string rest() { return client_.read_all(); }
  RawClient& client() { return client_; }

  std::string head;

 private:
  RawClient client_;
};

}  // namespace test
