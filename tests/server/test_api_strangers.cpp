// What a web page can and cannot do: every route of the server's own table, so that a new one is covered too.
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"

using namespace test;
using Catch::Contains;

namespace {

struct Target {
  std::string method;
  std::string path;
};

std::string filled(std::string_view pattern) {
  std::string path;
  for (bool inside = false; char c : pattern) {
    if (c == '{') path += "x-1";
    inside = c == '{' || (inside && c != '}');
    if (!inside && c != '}') path += c;
  }
  return path;
}

bool is_for_agents(const Target& target) {
  return target.path == "/ws/agent" || target.path == "/api/file/upload/x-1";
}

// Every route, what is no route, and the methods that routes do not have.
std::vector<Target> all_targets(const server::Router& router) {
  std::vector<Target> targets{{"GET", "/ws/agent"}, {"GET", "/nothing"}, {"POST", "/ws/agent"}};
  for (const auto& route : router.routes()) {
    targets.push_back({std::string(route->method), filled(route->pattern)});
    for (const char* method : {"OPTIONS", "HEAD", "PUT", "TRACE"})
      targets.push_back({method, filled(route->pattern)});
  }
  return targets;
}

struct Strangers {
  explicit Strangers(std::function<void(server::ListenerOptions&)> adjust = {})
      : server(100, 1, {}, {}, std::move(adjust)) {}

  std::string own_host() const { return "127.0.0.1:" + std::to_string(server.port); }

  // The whole head of the reply. Headers without Host name our address.
  std::string ask(const Target& target, const std::string& headers) const {
    RawClient client(server.port);
    const std::string host =
        headers.find("Host: ") == std::string::npos ? "Host: " + own_host() + "\r\n" : "";
    client.send(target.method + " " + target.path +
                " HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n" + host + headers + "\r\n{}");
    return client.read_until("\r\n\r\n");
  }
  int status(const Target& target, const std::string& headers) const {
    return std::stoi(ask(target, headers).substr(9, 3));
  }

  ApiServer server;
};

// Pages of elsewhere. Their Host is ours.
std::vector<std::string> foreign_pages(const Strangers& at) {
  const std::string own = "Origin: http://" + at.own_host() + "\r\n";
  return {"Origin: http://evil.example\r\n",
          "Origin: null\r\n",
          "Origin: http://127.0.0.1:1\r\n",
          "Origin: https://127.0.0.1\r\n",
          "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n",
          "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n" + own,
          "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: websocket\r\n" + own,
          "Origin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n"};
}

const std::string kUpgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

std::optional<std::string> accept_any(std::string_view) { return "somebody"; }

}  // namespace

TEST_CASE("A foreign page is refused on every route with every method", "[server]") {
  const bool with_tokens = GENERATE(false, true);
  Strangers at([with_tokens](server::ListenerOptions& options) {
    options.allowed_origins = {"https://ui.example"};
    if (!with_tokens) return;
    options.hooks.api_token = accept_any;
    options.hooks.enroll_token = accept_any;
  });
  for (const Target& target : all_targets(at.server.router())) {
    for (const std::string& page : foreign_pages(at)) {
      CAPTURE(with_tokens, target.method, target.path, page);
      const std::string head = at.ask(target, page + "Authorization: Bearer right\r\n" + kUpgrade);
      CHECK(head.substr(9, 3) == "403");
      CHECK(head.find("Access-Control-") == std::string::npos);
    }
  }
}

TEST_CASE("A rebound page is refused on every route, and a foreign name on those that are not for agents",
          "[server]") {
  Strangers at;
  for (const Target& target : all_targets(at.server.router())) {
    CAPTURE(target.method, target.path);
    const std::string host = "Host: evil.example:" + std::to_string(at.server.port) + "\r\n";
    const std::string origin = "Origin: http://evil.example:" + std::to_string(at.server.port) + "\r\n";
    CHECK(at.status(target, host + origin + kUpgrade) == 421);
    CHECK(at.status(target, host + "Sec-Fetch-Site: same-origin\r\n") == 421);
    const bool is_agents = is_for_agents(target) && (target.method == "GET" || target.method == "HEAD");
    CHECK((at.status(target, host) == 421) == !is_agents);
  }
}

TEST_CASE("Programs, its own pages and allowed ones reach every route", "[server]") {
  Strangers at([](server::ListenerOptions& options) {
    options.allowed_origins = {"https://ui.example"};
    options.server_names = {"agents.example"};
  });
  const std::string own = "Origin: http://" + at.own_host() + "\r\n";
  for (const Target& target : all_targets(at.server.router())) {
    for (const std::string& friendly :
         {std::string(), own, "Sec-Fetch-Site: same-origin\r\n" + own,
          std::string("Sec-Fetch-Site: none\r\n"), std::string("Host: agents.example\r\n"),
          std::string("Host: localhost\r\n"),
          std::string("Origin: https://ui.example\r\nSec-Fetch-Site: cross-site\r\n")}) {
      CAPTURE(target.method, target.path, friendly);
      const int status = at.status(target, friendly);
      CHECK((status != 403 ||
             target.path == "/api/file/upload/x-1"));  // where it means the token of the upload
      CHECK(status != 421);
    }
  }
}

TEST_CASE("An allowed origin reads every reply, and its preflight knows every method", "[server]") {
  Strangers at([](server::ListenerOptions& options) { options.allowed_origins = {"https://ui.example"}; });
  const std::string origin = "Origin: https://ui.example\r\n";
  for (const Target& target : all_targets(at.server.router())) {
    CAPTURE(target.method, target.path);
    const std::string head = at.ask(target, origin);
    CHECK_THAT(head, Contains("Access-Control-Allow-Origin: https://ui.example\r\n") &&
                         Contains("Vary: Origin\r\n"));
    CHECK(head.find("Allow-Credentials") == std::string::npos);
    CHECK(head.find('*') == std::string::npos);
  }
  for (const auto& route : at.server.router().routes()) {
    CAPTURE(route->method, route->pattern);
    const Target preflight{"OPTIONS", filled(route->pattern)};
    const std::string head =
        at.ask(preflight, origin + "Access-Control-Request-Method: " + std::string(route->method) + "\r\n");
    CHECK(head.starts_with("HTTP/1.1 204 "));
    const std::size_t methods = head.find("Access-Control-Allow-Methods: ");
    REQUIRE(methods != std::string::npos);
    CHECK_THAT(head.substr(methods, head.find("\r\n", methods) - methods),
               Contains(std::string(route->method)));
    CHECK_THAT(head, Contains("Access-Control-Allow-Headers: Authorization, Content-Type\r\n"));
  }
}

TEST_CASE("A refused WebSocket never becomes one, an allowed one does", "[server]") {
  Strangers at([](server::ListenerOptions& options) { options.allowed_origins = {"https://ui.example"}; });
  const Target agents{"GET", "/ws/agent"};
  const auto upgrade = [&](const std::string& headers) {
    RawClient client(at.server.port);
    client.send("GET /ws/agent HTTP/1.1\r\n" + kUpgrade + headers + "\r\n");
    return client.read_until("\r\n\r\n").substr(9, 3);
  };
  const std::string host = "Host: " + at.own_host() + "\r\n";
  CHECK(upgrade(host) == "101");
  CHECK(upgrade("Host: agents.corp.example:13081\r\n") == "101");
  CHECK(upgrade(host + "Origin: http://" + at.own_host() + "\r\n") == "101");  // clients that always send one
  CHECK(upgrade(host + "Origin: https://ui.example\r\n") == "101");
  CHECK(upgrade(host + "Origin: http://evil.example\r\n") == "403");
  CHECK(upgrade(host + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: websocket\r\n") == "403");
  CHECK(upgrade("Host: evil.example\r\nOrigin: http://evil.example\r\n") == "421");
}

TEST_CASE("A browser's body is JSON where a route takes JSON, a program's need not say so", "[server]") {
  Strangers at;
  const std::string own = "Sec-Fetch-Site: same-origin\r\n";
  std::size_t routes = 0;
  for (const auto& route : at.server.router().routes()) {
    if (route->body_schema.empty()) continue;
    CAPTURE(route->method, route->pattern);
    const Target target{std::string(route->method), filled(route->pattern)};
    CHECK((route->body_type == "application/json" || route->body_type == "multipart/form-data"));
    CHECK(route->takes_json() == (route->body_type == "application/json"));
    if (!route->takes_json()) continue;
    ++routes;
    for (const char* type :
         {"", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
          "Content-Type: multipart/form-data; boundary=b\r\n",
          "Content-Type: text/plain; application/json\r\n"}) {
      CAPTURE(type);
      CHECK(at.status(target, own + type) == 415);
      CHECK(at.status(target, "Origin: http://" + at.own_host() + "\r\n" + type) == 415);
      CHECK(at.status(target, type) == 200);
    }
    CHECK(at.status(target, own + "Content-Type: application/json; charset=utf-8\r\n") == 200);
  }
  CHECK(routes >= 2);  // run and call
}

TEST_CASE("No reply of any route is a document of this origin, but the pages", "[server]") {
  Strangers at;
  for (const Target& target : all_targets(at.server.router())) {
    CAPTURE(target.method, target.path);
    const std::string head = at.ask(target, "");
    CHECK_THAT(head, Contains("X-Content-Type-Options: nosniff\r\n"));
    CHECK(head.find("Content-Security-Policy") ==
          head.rfind("Content-Security-Policy"));  // two would both count
    const bool is_page = head.starts_with("HTTP/1.1 200") && head.find("text/html") != std::string::npos;
    if (is_page) {
      CHECK(target.path.starts_with("/docs"));
      CHECK_THAT(head, Contains("frame-ancestors 'none'\r\n") && Contains("X-Frame-Options: DENY\r\n"));
    } else if (head.find("Content-Type: application/json") == std::string::npos) {
      CHECK_THAT(head, Contains("Content-Security-Policy: sandbox; default-src 'none'\r\n"));
      CHECK(head.find("text/html") == std::string::npos);
    }
  }
}

TEST_CASE("What a command prints is no web page of the server", "[server]") {
  ApiServer server;
  const std::string bytes = GENERATE("<script>alert(1)</script>", "<html><body onload=x>",
                                     "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>");
  FakeExecAgent agent(server.port, [bytes](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid, 99);
    self.output(call.tid, bytes, 2);
    self.done(call.tid, 0, 3);
  });
  const std::string begun =
      server.request("POST", "/api/exec/x-1/run", {}, R"({"cmd":"x","result":false})").body;
  const std::string task = "/api/exec/x-1/tasks/" + json_at(begun, "payload.id");
  wait_until("its end", [&] { return json_at(server.get(task).body, "payload.state") == "done"; });

  const test::HttpReply pty = server.get("/api/exec/x-1/pty/99");
  CHECK(pty.body == bytes);
  CHECK_THAT(pty.head, Contains("Content-Type: text/plain; charset=utf-8\r\n"));
  for (const std::string& head :
       {pty.head, server.get(task + "/output").head, server.get(task + "/output?follow=1").head,
        server.get(task + "/output", "Accept: text/event-stream\r\n").head}) {
    CHECK_THAT(head, Contains("X-Content-Type-Options: nosniff\r\n") &&
                         Contains("Content-Security-Policy: sandbox; default-src 'none'\r\n"));
    CHECK(head.find("html") == std::string::npos);
    CHECK(head.find("xml") == std::string::npos);
  }
}
