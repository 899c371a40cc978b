#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <memory>

#include "agent/error.hpp"
#include "http/dispatch.hpp"
#include "tests/support/on_loop.hpp"
#include "tests/support/stable.hpp"

using namespace server;
using test::steady;

namespace {

class Site {
 public:
  Site() {
    add("GET", "/api/plain", PayloadHandler([](Request&) { return Payload{"1"}; }));
    add("GET", "/api/later/{id}", PayloadTask([](Request* request) { return later(request); }));
    add("GET", "/raw/{id}", ReplyTask([](Request* request) { return raw(request); }));
    add("GET", "/open", ReplyHandler([](Request&) { return text_reply(200, "open"); })).authenticate = false;
    add("GET", "/api/page",
        PayloadHandler([](Request& request) { return payload(request.arguments.integer("page")); }))
        .parameters = {{.name = "page", .type = Type::integer, .summary = "", .fallback = 1, .min = 1}};
    for (Route& route : routes_) router.add(std::move(route));
  }

  Reply answer(std::string method, std::string target, std::string authorization = {}) {
    Dispatcher dispatcher(router, api_token, token_refused, blocked, nullptr);
    Request request;
    request.head.method = std::move(method);
    request.head.target = std::move(target);
    if (!authorization.empty()) request.head.headers.emplace_back("authorization", authorization);
    Reply reply;
    test::on_loop([&](agent::net::Loop&) { return run(&dispatcher, &request, &reply); });
    token_name = request.token_name;
    return reply;
  }

  Router router;
  TokenCheck api_token;
  TokenRefused token_refused;
  std::function<bool()> blocked;
  std::string token_name;

 private:
  Route& add(std::string_view method, std::string_view pattern, Handler handler) {
    Route& route = routes_.emplace_back();
    route.method = method;
    route.pattern = pattern;
    if (pattern.ends_with("{id}")) route.parameters = {{.name = "id", .in = In::path, .summary = ""}};
    route.handler = std::move(handler);
    return route;
  }

  static agent::Task<> run(const Dispatcher* dispatcher, Request* request, Reply* reply) {
    const std::unique_ptr<Reply> answer = co_await dispatcher->answer(request);
    *reply = std::move(*answer);
  }

  static agent::Task<Payload> later(Request* request) {
    co_await asio::post(asio::use_awaitable);
    fail(request->arguments.text("id"));
    co_return Payload{};
  }

  static agent::Task<Reply> raw(Request* request) {
    co_await asio::post(asio::use_awaitable);
    fail(request->arguments.text("id"));
    co_return text_reply(200, "raw");
  }

  static void fail(std::string_view how) {
    using agent::Errc;
    using agent::Error;
    if (how == "absent") throw Error(Errc::not_found, "agent");
    if (how == "gone") throw Error(Errc::disconnected, "reset");
    if (how == "late") throw Error(Errc::timeout, "after 60 s");
    if (how == "large") throw RequestError(413, "body: more than 5 bytes");
    if (how == "bug") throw std::logic_error("a bug");
  }

  std::vector<Route> routes_;
};

}  // namespace

TEST_CASE("A handler's payload leaves in the envelope", "[server]") {
  Site site;
  CHECK(steady(site.answer("GET", "/api/plain").body) == R"({"code":200,"payload":1,"extime":0})");
  CHECK(steady(site.answer("GET", "/api/later/x").body) == R"({"code":200,"extime":0})");
  CHECK(site.answer("HEAD", "/api/plain").status == 200);
  CHECK(steady(site.answer("GET", "http://server:1/api/plain?x=1").body) ==
        R"({"code":200,"payload":1,"extime":0})");
}

TEST_CASE("Unknown paths are the original's 404", "[server]") {
  Site site;
  for (auto [method, target] :
       {std::pair("GET", "/nothing"), {"POST", "/nothing"}, {"OPTIONS", "/nothing"}}) {
    Reply reply = site.answer(method, target);
    CHECK(reply.status == 404);
    CHECK(reply.content_type == "text/plain");
    CHECK(reply.body == "404 page not found");
  }
}

TEST_CASE("Other methods of a path are 405, and OPTIONS tells which it has", "[server]") {
  Site site;
  const std::pair<std::string, std::string> allow("Allow", "GET, HEAD, OPTIONS");
  Reply other = site.answer("POST", "/api/plain");
  CHECK(other.status == 405);
  CHECK(other.content_type == "text/plain");
  REQUIRE(other.headers.size() == 1);
  CHECK(other.headers[0] == allow);
  Reply options = site.answer("OPTIONS", "/api/plain?x=1");
  CHECK(options.status == 204);
  CHECK(options.body.empty());
  REQUIRE(options.headers.size() == 1);
  CHECK(options.headers[0] == allow);
  CHECK(site.answer("OPTIONS", "*").status == 204);
}

TEST_CASE("A slash too many is redirected with the query", "[server]") {
  Site site;
  Reply reply = site.answer("GET", "/api/plain/?a=1&b");
  CHECK(reply.status == 301);
  REQUIRE(reply.headers.size() == 1);
  CHECK(reply.headers[0] == std::pair<std::string, std::string>("Location", "/api/plain?a=1&b"));
}

TEST_CASE("What a handler throws becomes an answer in the form of its route", "[server]") {
  Site site;
  CHECK(steady(site.answer("GET", "/api/later/absent").body) ==
        R"({"code":404,"msg":"not found: agent","reqid":"","extime":0})");
  CHECK(steady(site.answer("GET", "/api/later/late").body) ==
        R"({"code":504,"msg":"timeout","reqid":"","extime":0})");
  CHECK(site.answer("GET", "/api/later/gone").code == 500);
  Reply bug = site.answer("GET", "/api/later/bug");
  CHECK(bug.status == 200);
  CHECK(steady(bug.body) == R"({"code":500,"msg":"a bug","reqid":"","extime":0})");

  Reply absent = site.answer("GET", "/raw/absent");
  CHECK(absent.status == 404);
  CHECK(absent.body == "agent not found");
  CHECK(site.answer("GET", "/raw/gone").status == 410);
  CHECK(site.answer("GET", "/raw/bug").status == 500);
}

TEST_CASE("A body beyond the limit is 413 for HTTP and in the envelope", "[server]") {
  Site site;
  Reply reply = site.answer("GET", "/api/later/large");
  CHECK(reply.status == 413);
  CHECK(steady(reply.body) == R"({"code":413,"msg":"body: more than 5 bytes","reqid":"","extime":0})");
}

TEST_CASE("A bad parameter never reaches the handler", "[server]") {
  Site site;
  CHECK(steady(site.answer("GET", "/api/page?page=3").body) == R"({"code":200,"payload":3,"extime":0})");
  CHECK(steady(site.answer("GET", "/api/page?page=0").body) ==
        R"({"code":400,"msg":"bad param: page: 0 is less than 1","reqid":"","extime":0})");
}

TEST_CASE("Only open routes answer without a token when there are API tokens", "[server]") {
  Site site;
  site.api_token = [](std::string_view token) -> std::optional<std::string> {
    if (token == "secret") return "ops";
    return std::nullopt;
  };
  CHECK(site.answer("GET", "/open").body == "open");
  Reply missing = site.answer("GET", "/api/plain");
  CHECK(missing.status == 401);
  CHECK(missing.headers[0].first == "WWW-Authenticate");
  CHECK(
      steady(missing.body) ==
      R"({"code":401,"msg":"an API token is required: Authorization: Bearer <token>","reqid":"","extime":0})");
  CHECK(site.answer("GET", "/api/plain", "Basic c2VjcmV0").status == 401);
  CHECK(site.answer("GET", "/api/plain", "Bearer wrong").status == 401);
  CHECK(site.answer("GET", "/raw/x", "Bearer wrong").body == "unknown API token");
  CHECK(site.answer("GET", "/api/plain", "bearer secret").status == 200);
  CHECK(site.token_name == "ops");
}

TEST_CASE("A blocked server answers every /api route with rate limit", "[server]") {
  Site site;
  site.blocked = [] { return true; };
  CHECK(steady(site.answer("GET", "/api/plain").body) ==
        R"({"code":503,"msg":"rate limit","reqid":"","extime":0})");
  CHECK(site.answer("GET", "/raw/x").status == 200);
  CHECK(site.answer("GET", "/open").status == 200);
}

TEST_CASE("A token that is missing or unknown is reported with its address and its aim, a good one is not",
          "[server]") {
  Site site;
  site.api_token = [](std::string_view token) {
    return token == "good" ? std::optional<std::string>("ops") : std::nullopt;
  };
  std::vector<std::string> refused;
  site.token_refused = [&](std::string_view, std::string_view what, std::string_view why) {
    refused.push_back(std::string(what) + ": " + std::string(why));
  };
  site.answer("GET", "/api/plain?x=1");
  site.answer("GET", "/api/plain", "Bearer bad");
  site.answer("GET", "/api/plain", "Bearer good");
  site.answer("GET", "/open");
  REQUIRE(refused.size() == 2);
  CHECK_THAT(refused[0], Catch::Contains("GET /api/plain: an API token is required"));
  CHECK(refused[1] == "GET /api/plain: unknown API token");
}
