#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "console/session_cookie.hpp"

using namespace server;
using Catch::Contains;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

agent::net::HttpHead head(const std::string& method, const Headers& headers,
                          const std::string& host = "127.0.0.1:13081") {
  agent::net::HttpHead head;
  head.method = method;
  head.target = "/api/agents";
  head.headers.emplace_back("Host", host);
  for (const auto& [name, value] : headers) head.headers.emplace_back(name, value);
  return head;
}

bool may(const std::string& method, const Headers& headers, bool upgrade = false) {
  agent::net::HttpHead request = head(method, headers);
  request.upgrade = upgrade;
  return misuse_of_session(request).empty();
}

const std::pair<std::string, std::string> kOwnPage{"X-Agent-Console", "1"};
const std::pair<std::string, std::string> kOwnOrigin{"Origin", "http://127.0.0.1:13081"};

}  // namespace

TEST_CASE("A cookie is that of the port which the browser uses", "[server]") {
  const auto id = [](const std::string& cookie, const std::string& host = "127.0.0.1:13081") {
    return std::string(session_id(head("GET", {{"Cookie", cookie}}, host)));
  };
  CHECK(id("agent-console-13081=abc") == "abc");
  CHECK(id("a=b; agent-console-13081=abc; c=d") == "abc");
  CHECK(id("a=b;agent-console-13081=abc") == "abc");
  CHECK(id("agent-console-13082=abc") == "");
  CHECK(id("xagent-console-13081=abc") == "");
  CHECK(id("agent-console-130811=abc") == "");
  CHECK(id("agent-console-13081") == "");
  CHECK(id(";;; ;") == "");
  CHECK(id("agent-console=abc", "agents.example") == "abc");
  CHECK(id("agent-console=abc; __Host-agent-console=def", "agents.example") == "def");
  CHECK(session_id(head("GET", {})).empty());
}

TEST_CASE("What changes something with a cookie needs the header of our page", "[server]") {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    CAPTURE(method);
    CHECK(may(method, {kOwnPage}));
    CHECK_FALSE(may(method, {}));
    CHECK_FALSE(may(method, {kOwnOrigin}));
    CHECK_FALSE(may(method, {kOwnOrigin, {"Sec-Fetch-Site", "same-origin"}}));
    CHECK_FALSE(may(method, {{"X-Agent-Console", ""}}));
  }
}

TEST_CASE("What reads with a cookie is asked for by our page, or by nobody knows whom", "[server]") {
  for (const char* method : {"GET", "HEAD"}) {
    CAPTURE(method);
    CHECK(may(method, {}));
    CHECK(may(method, {kOwnOrigin}));
    CHECK(may(method, {{"Sec-Fetch-Site", "same-origin"}}));
    CHECK(may(method, {{"Sec-Fetch-Site", "none"}}));
    CHECK_FALSE(may(method, {{"Sec-Fetch-Site", "same-site"}}));
    CHECK_FALSE(may(method, {{"Sec-Fetch-Site", "cross-site"}}));
    CHECK_FALSE(may(method, {{"Origin", "http://127.0.0.1:8080"}}));
    CHECK_FALSE(may(method, {{"Origin", "null"}}));
  }
}

TEST_CASE("A WebSocket with a cookie comes from our page", "[server]") {
  CHECK(may("GET", {kOwnOrigin}, true));
  CHECK_FALSE(may("GET", {}, true));
  CHECK_FALSE(may("GET", {kOwnPage}, true));
  CHECK_FALSE(may("GET", {{"Sec-Fetch-Site", "same-origin"}}, true));
  CHECK_FALSE(may("GET", {{"Origin", "http://127.0.0.1:8080"}}, true));
  CHECK_FALSE(may("GET", {kOwnOrigin, kOwnOrigin}, true));
}

TEST_CASE("Scripts cannot read the cookie, and other sites do not send it", "[server]") {
  const std::string plain = session_cookie(head("POST", {kOwnOrigin}), "abc", false);
  CHECK(plain == "agent-console-13081=abc; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict");
  const std::string secure = session_cookie(head("POST", {}), "abc", true);
  CHECK(secure == "__Host-agent-console-13081=abc; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure");
  const std::string proxied = session_cookie(head("POST", {{"Origin", "https://x"}}, "x"), "abc", false);
  CHECK(proxied == "__Host-agent-console=abc; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure");
  CHECK_THAT(session_cookie(head("DELETE", {}), "", false),
             Contains("agent-console-13081=; ") && Contains("Max-Age=0;"));
}
