#include <catch2/catch.hpp>

#include "http/router.hpp"

using namespace server;

namespace {

void fill(Router& router) {
  for (auto [method, pattern] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"GET", "/"},
                                                                  {"GET", "/api/agents"},
                                                                  {"GET", "/api/agents/{id}"},
                                                                  {"POST", "/api/agents/{id}/call"},
                                                                  {"GET", "/api/metrics/{id}/status"},
                                                                  {"PUT", "/api/metrics/{id}/status"},
                                                                  {"PUT", "/api/metrics/status"},
                                                                  {"GET", "/docs/"}}) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.handler = ReplyHandler([](Request&) { return Reply(); });
    router.add(std::move(route));
  }
}

std::string found(std::string_view method, std::string_view path) {
  Router router;
  fill(router);
  Router::Match match = router.find(method, path);
  if (!match.route) return match.redirect.empty() ? "none" : "redirect " + match.redirect;
  std::string text(match.route->pattern);
  for (const std::string& value : match.values) text += " [" + value + "]";
  return text;
}

}  // namespace

TEST_CASE("A path finds its route and the values of its parameters", "[server]") {
  CHECK(found("GET", "/") == "/");
  CHECK(found("GET", "/api/agents") == "/api/agents");
  CHECK(found("GET", "/api/agents/web-1") == "/api/agents/{id} [web-1]");
  CHECK(found("POST", "/api/agents/web-1/call") == "/api/agents/{id}/call [web-1]");
}

TEST_CASE("Path parameters are percent-decoded, a slash in them does not split", "[server]") {
  CHECK(found("GET", "/api/agents/a%2Fb%20c") == "/api/agents/{id} [a/b c]");
  CHECK(found("GET", "/api/agents/100%") == "/api/agents/{id} [100%]");
  CHECK(found("GET", "/api/agents/a+b") == "/api/agents/{id} [a+b]");
}

TEST_CASE("A fixed name wins over a parameter and gives way where it leads nowhere", "[server]") {
  CHECK(found("PUT", "/api/metrics/status") == "/api/metrics/status");
  CHECK(found("PUT", "/api/metrics/status/status") == "/api/metrics/{id}/status [status]");
  CHECK(found("GET", "/api/metrics/x/status") == "/api/metrics/{id}/status [x]");
}

TEST_CASE("HEAD is answered by the GET route, other methods are not", "[server]") {
  CHECK(found("HEAD", "/api/agents") == "/api/agents");
  CHECK(found("DELETE", "/api/agents") == "none");
  CHECK(found("HEAD", "/api/agents/x/call") == "none");
}

TEST_CASE("A slash too many or too few is a redirect where the other form exists", "[server]") {
  CHECK(found("GET", "/api/agents/") == "redirect /api/agents");
  CHECK(found("GET", "/docs") == "redirect /docs/");
  CHECK(found("POST", "/api/agents/x/call/") == "redirect /api/agents/x/call");
  CHECK(found("GET", "/api/agents/x/call/") == "none");
  CHECK(found("GET", "/api/nothing/") == "none");
}

TEST_CASE("A path tells the methods that it has", "[server]") {
  Router router;
  fill(router);
  CHECK(router.allowed("/api/agents/x/call") == "POST, OPTIONS");
  CHECK(router.allowed("/api/metrics/x/status") == "GET, HEAD, PUT, OPTIONS");
  CHECK(router.allowed("/api/metrics/status/status") == "GET, HEAD, PUT, OPTIONS");
  CHECK(router.allowed("/api/metrics/status") == "PUT, OPTIONS");
  CHECK(router.allowed("*") == "GET, HEAD, POST, PUT, OPTIONS");
  CHECK(router.allowed("/nothing").empty());
  CHECK(router.allowed("/api/agents//call").empty());
  CHECK(router.allowed("").empty());
}

TEST_CASE("What is no path of ours is not found", "[server]") {
  CHECK(found("GET", "") == "none");
  CHECK(found("OPTIONS", "*") == "none");
  CHECK(found("GET", "//api/agents") == "none");
  CHECK(found("GET", "/api//agents") == "none");
  CHECK(found("POST", "/api/agents//call") == "none");
  CHECK(found("GET", "/api") == "none");
}
