#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "http/origin.hpp"

using namespace server;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

OriginPolicy policy_of_test() {
  OriginPolicy policy;
  policy.allowed_origins = {"https://ui.example", "http://ui.example:8080"};
  policy.server_names = {"agents.example", "BOX"};
  policy.pages = {"/", "/docs"};
  policy.fetch_paths = {"/api/file/upload/"};
  return policy;
}

struct Asked {
  std::string method = "GET";
  std::string target = "/api/agents";
  Headers headers{};
};

OriginVerdict judge(const Asked& asked, const OriginPolicy& policy = policy_of_test()) {
  agent::net::HttpHead head;
  head.method = asked.method;
  head.target = asked.target;
  head.headers = asked.headers;
  return judge_origin(head, policy);
}

// 0: it may pass.
int status(const Asked& asked, const OriginPolicy& policy = policy_of_test()) {
  const OriginVerdict verdict = judge(asked, policy);
  return verdict.answer ? verdict.answer->status : 0;
}

std::string cors(const OriginVerdict& verdict) {
  std::string text;
  for (const auto& [name, value] : verdict.headers) text.append(name).append(": ").append(value).append("\n");
  return text;
}

const std::pair<std::string, std::string> kHost{"Host", "127.0.0.1:13081"};

}  // namespace

TEST_CASE("Sec-Fetch-Site decides when it is there", "[server]") {
  const std::vector<std::pair<std::string, int>> rules{{"same-origin", 0}, {"none", 0},
                                                       {"same-site", 403}, {"cross-site", 403},
                                                       {"", 403},          {"Same-Origin", 403}};
  for (const auto& [site, wanted] : rules) {
    CAPTURE(site);
    for (const std::string method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}) {
      CHECK(status({.method = method, .headers = {kHost, {"Sec-Fetch-Site", site}}}) == wanted);
    }
    // The same behind a proxy that writes Host itself; and Origin opens nothing that it closed.
    for (const char* origin : {"http://127.0.0.1:13081", "http://else.example", "null"}) {
      CHECK(status({.headers = {kHost, {"origin", origin}, {"sec-fetch-site", site}}}) == wanted);
    }
  }
  CHECK(status({.headers = {kHost, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "none"}}}) == 403);
}

TEST_CASE("An Origin must be that of Host when there is no Sec-Fetch-Site", "[server]") {
  struct Row {
    const char* host;
    const char* origin;
    int wanted;
  };
  for (const Row& row : {Row{"127.0.0.1:13081", "http://127.0.0.1:13081", 0},
                         {"127.0.0.1:13081", "https://127.0.0.1:13081", 0},
                         {"LOCALHOST:13081", "http://localhost:13081", 0},
                         {"localhost", "http://localhost", 0},
                         {"localhost", "http://localhost:80", 0},
                         {"localhost:443", "https://localhost", 0},
                         {"[::1]:13081", "http://[::1]:13081", 0},
                         {"127.0.0.1:13081", "null", 403},
                         {"127.0.0.1:13081", "", 403},
                         {"127.0.0.1:13081", "http://127.0.0.1", 403},
                         {"127.0.0.1:13081", "http://127.0.0.1:13082", 403},
                         {"127.0.0.1:13081", "http://127.0.0.2:13081", 403},
                         {"127.0.0.1:13081", "http://localhost:13081", 403},
                         {"127.0.0.1:13081", "http://evil", 403},
                         {"127.0.0.1:13081", "http://127.0.0.1:13081.evil", 403},
                         {"127.0.0.1:13081", "http://127.0.0.1:13081/", 403},
                         {"127.0.0.1:13081", "http://user@127.0.0.1:13081", 403},
                         {"127.0.0.1:13081", "file://", 403},
                         {"localhost", "https://localhost:13081", 403},
                         {"", "http://evil", 403}}) {
    CAPTURE(row.host, row.origin);
    CHECK(status({.headers = {{"Host", row.host}, {"Origin", row.origin}}}) == row.wanted);
    CHECK(status({.method = "POST", .headers = {{"Origin", row.origin}, {"Host", row.host}}}) == row.wanted);
  }
  CHECK(status({.headers = {kHost, {"Origin", "http://127.0.0.1:13081"}, {"Origin", "http://evil"}}}) == 403);
  CHECK(status({.headers = {kHost, {"Referer", "http://127.0.0.1:13081/docs"}, {"Origin", "null"}}}) == 403);
}

TEST_CASE("Programs, which say nothing about a page, may pass", "[server]") {
  CHECK(status({.headers = {kHost}}) == 0);
  CHECK(status({.method = "POST", .headers = {kHost, {"User-Agent", "curl/7.88.1"}}}) == 0);
  CHECK(status({.method = "OPTIONS", .headers = {kHost}}) == 0);
  CHECK(status({.headers = {kHost, {"Referer", "http://evil/"}}}) == 0);
}

TEST_CASE("A link on any page leads to a page, and to nothing else", "[server]") {
  const auto visit = [](std::string method, std::string target, std::string mode, std::string destination) {
    return status({.method = std::move(method),
                   .target = std::move(target),
                   .headers = {kHost,
                               {"Sec-Fetch-Site", "cross-site"},
                               {"Sec-Fetch-Mode", std::move(mode)},
                               {"Sec-Fetch-Dest", std::move(destination)}}});
  };
  for (const char* page : {"/", "/docs", "/docs/", "/docs?x=/api"}) {
    CAPTURE(page);
    CHECK(visit("GET", page, "navigate", "document") == 0);
    CHECK(visit("POST", page, "navigate", "document") == 403);
    CHECK(visit("GET", page, "navigate", "iframe") == 403);
    CHECK(visit("GET", page, "no-cors", "document") == 403);
    CHECK(visit("GET", page, "cors", "empty") == 403);
  }
  for (const char* other :
       {"/api/agents", "/docs/openapi.json", "/metrics", "/ws/agent", "//docs", "/docsx"}) {
    CAPTURE(other);
    CHECK(visit("GET", other, "navigate", "document") == 403);
  }
}

TEST_CASE("An allowed origin may ask, and reads the answers", "[server]") {
  for (const char* origin : {"https://ui.example", "https://UI.example:443", "http://ui.example:8080"}) {
    CAPTURE(origin);
    const Asked asked{.method = "POST",
                      .headers = {kHost, {"Origin", origin}, {"Sec-Fetch-Site", "cross-site"}}};
    CHECK(status(asked) == 0);
    CHECK(cors(judge(asked)) == "Vary: Origin\nAccess-Control-Allow-Origin: " + std::string(origin) + "\n");
  }
  for (const char* origin : {"http://ui.example", "https://ui.example:8080", "https://ui.example.evil",
                             "https://x.ui.example", "null"}) {
    CAPTURE(origin);
    const Asked asked{.headers = {kHost, {"Origin", origin}}};
    CHECK(status(asked) == 403);
    CHECK(cors(judge(asked)) == "Vary: Origin\n");
  }
  CHECK(status({.target = "/ws/agent", .headers = {kHost, {"Origin", "https://ui.example"}}}) == 0);
  CHECK(cors(judge({.headers = {kHost}}, OriginPolicy())).empty());
}

TEST_CASE("The preflight of an allowed origin is answered, a stranger's is refused", "[server]") {
  const auto preflight = [](const char* origin) {
    return judge({.method = "OPTIONS",
                  .target = "/api/exec/x/run",
                  .headers = {kHost,
                              {"Origin", origin},
                              {"Access-Control-Request-Method", "POST"},
                              {"Access-Control-Request-Headers", "content-type"}}});
  };
  const OriginVerdict allowed = preflight("https://ui.example");
  REQUIRE(allowed.answer);
  CHECK(allowed.answer->status == 204);
  CHECK(cors(allowed) ==
        "Vary: Origin\n"
        "Access-Control-Allow-Origin: https://ui.example\n"
        "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE\n"
        "Access-Control-Allow-Headers: Authorization, Content-Type\n"
        "Access-Control-Max-Age: 600\n");
  const OriginVerdict refused = preflight("http://evil");
  REQUIRE(refused.answer);
  CHECK(refused.answer->status == 403);
  CHECK(cors(refused) == "Vary: Origin\n");
}

TEST_CASE("A server without tokens answers to addresses and its own names only", "[server]") {
  for (const char* host : {"127.0.0.1", "127.0.0.1:13081", "192.0.2.7", "[::1]", "[2001:db8::7]:13081",
                           "[fe80::1%25eth0]", "localhost", "LOCALHOST.:13081", "a.localhost",
                           "a.b.localhost:1", "agents.example", "Agents.Example.:80", "box", ""}) {
    CAPTURE(host);
    CHECK(status({.headers = {{"Host", host}}}) == 0);
  }
  CHECK(status({}) == 0);  // HTTP/1.0
  for (const char* host : {"evil.example", "evil.example:13081", "127.0.0.1.evil.example", "localhost.evil",
                           "notlocalhost", "evil-localhost", "x.agents.example", "agents.example.evil",
                           "2130706433", "a b", "127.0.0.1:x", "[evil]"}) {
    CAPTURE(host);
    CHECK(status({.headers = {{"Host", host}}}) == 421);
    // Rebound: the page's own name means our address.
    CHECK(status({.method = "POST", .headers = {{"Host", host}, {"Sec-Fetch-Site", "same-origin"}}}) == 421);
  }
  CHECK(status({.headers = {{"Host", "evil.example"}, {"Origin", "http://evil.example"}}}) == 421);
  CHECK(status({.headers = {kHost, {"Host", "evil.example"}}}) == 421);
  CHECK(status({.headers = {{"Host", "evil.example"}, kHost}}) == 421);
  CHECK(status({.headers = {{"Host", "evil.example"}, {"Origin", "https://ui.example"}}}) == 421);
  CHECK(judge({.headers = {{"Host", "evil.example"}}}).answer->body.find("server_names") !=
        std::string::npos);
}

TEST_CASE("The name does not matter when tokens are asked for, but the page does", "[server]") {
  OriginPolicy policy = policy_of_test();
  policy.asks_for_tokens = true;
  CHECK(status({.headers = {{"Host", "evil.example"}}}, policy) == 0);
  CHECK(status({.headers = {{"Host", "evil.example"}, {"Origin", "http://evil.example"}}}, policy) == 0);
  CHECK(status({.headers = {kHost, {"Origin", "http://evil.example"}}}, policy) == 403);
  CHECK(status({.headers = {kHost, {"Sec-Fetch-Site", "same-site"}}}, policy) == 403);

  // Each path by the tokens that it asks for itself.
  const Asked rebound{.target = "/ws/agent",
                      .headers = {{"Host", "evil.example"}, {"Origin", "http://evil.example"}}};
  CHECK(status(rebound, policy) == 421);
  policy.asks_agents_for_tokens = true;
  CHECK(status(rebound, policy) == 0);
  policy.asks_for_tokens = false;
  CHECK(status({.headers = {{"Host", "evil.example"}}}, policy) == 421);
}

TEST_CASE("Agents may use names that the server does not know", "[server]") {
  const std::pair<std::string, std::string> host{"Host", "agents.corp.example:13081"};
  for (const char* target : {"/ws/agent", "/ws/agent?x=1", "/api/file/upload/20260301-00000001-0badcafe"}) {
    CAPTURE(target);
    CHECK(status({.target = target, .headers = {host}}) == 0);
    CHECK(status({.target = target, .headers = {host, {"Origin", "http://agents.corp.example:13081"}}}) ==
          421);
    CHECK(status({.target = target, .headers = {host, {"Sec-Fetch-Site", "none"}}}) == 421);
    CHECK(status({.target = target, .headers = {host, {"Sec-Fetch-Mode", "websocket"}}}) == 421);
    CHECK(status({.method = "POST", .target = target, .headers = {host}}) == 421);
  }
  for (const char* target :
       {"/ws/agent/", "/ws/agents", "/api/file/upload", "/api/file/upload/a/b", "/api/file/upload/../ls"}) {
    CAPTURE(target);
    CHECK(status({.target = target, .headers = {host}}) == 421);
  }
}

TEST_CASE("JSON is told from the types that forms have", "[server]") {
  agent::net::HttpHead head;
  head.headers = {{"Content-Type", ""}};
  for (const char* type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8", "application/json ;x=y"}) {
    CAPTURE(type);
    head.headers.back().second = type;
    CHECK(has_json_type(head));
  }
  for (const char* type :
       {"", "text/plain", "application/jsonx", "text/plain; application/json", "application/json,text/plain",
        "multipart/form-data; boundary=application/json", "application/x-www-form-urlencoded"}) {
    CAPTURE(type);
    head.headers.back().second = type;
    CHECK_FALSE(has_json_type(head));
  }
  CHECK_FALSE(is_from_browser(head));
  head.headers.emplace_back("sec-fetch-dest", "empty");
  CHECK(is_from_browser(head));
}
