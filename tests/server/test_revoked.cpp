#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "http/body_writer.hpp"
#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"
#include "tests/support/patience.hpp"

// What becomes of the requests of an API token that is revoked.

using namespace server;
using namespace std::chrono_literals;
using test::RawClient;
using test::wait_until;

namespace {

agent::Task<> nap() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(5ms);
  co_await timer.async_wait(asio::use_awaitable);
}

agent::Task<> write_on(BodyWriter* writer) {
  while (!writer->client_gone()) {
    writer->write("tick");
    co_await writer->room();
    co_await nap();
  }
}

// More than the client takes: it waits for room.
agent::Task<> write_much(BodyWriter* writer) {
  const std::string piece(256 * 1024, 'x');
  for (int i = 0; i < 4096; ++i) {
    writer->write(piece);
    co_await writer->room();
  }
}

struct Fixture {
  Fixture() {
    add("/follow", [](Request*) -> agent::Task<Reply> {
      Reply reply = text_reply(200, "");
      reply.stream = write_on;
      co_return reply;
    });
    add("/download", [](Request*) -> agent::Task<Reply> {
      Reply reply = text_reply(200, "");
      reply.stream = write_much;
      reply.length = 4096ULL * 256 * 1024;
      co_return reply;
    });
    add("/wait", [this](Request*) -> agent::Task<Reply> { return wait(&waiting); });
    add(
        "/upload", [this](Request* request) -> agent::Task<Reply> { return upload(request, &waiting); },
        "POST");
    for (const char* name : {"old", "new"}) revoked[name] = std::make_shared<Grant::Flag>(false);
    server.options.hooks.api_token = [this](std::string_view token) -> std::optional<Grant> {
      const auto flag = revoked.at(std::string(token));
      if (flag->load()) return std::nullopt;
      return Grant("ops", flag);
    };
    port = server.start();
  }

  void add(const char* pattern, ReplyTask handler, const char* method = "GET") {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.summary = "x";
    route.body_limit = 1 << 20;
    route.handler = std::move(handler);
    server.router.add(std::move(route));
  }

  static agent::Task<Reply> wait(std::atomic<int>* waiting) {
    ++*waiting;
    for (;;) co_await nap();
  }
  static agent::Task<Reply> upload(Request* request, std::atomic<int>* waiting) {
    ++*waiting;
    std::string body = co_await request->body();
    co_return text_reply(200, body);
  }

  static std::string request(const std::string& path, const std::string& token,
                             const std::string& more = {}) {
    return (path == "/upload" ? "POST " : "GET ") + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
           token + "\r\n" + more + "\r\n";
  }

  void revoke(const std::string& token) {
    revoked.at(token)->store(true);
    server.listener().end_revoked();
  }

  std::map<std::string, std::shared_ptr<Grant::Flag>> revoked;
  std::atomic<int> waiting{0};
  test::HttpServer server{2};
  std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("A revoked token ends what it follows, and no other token of its name does", "[server]") {
  Fixture fixture;
  RawClient thief(fixture.port);
  RawClient other(fixture.port);
  thief.send(Fixture::request("/follow", "old"));
  other.send(Fixture::request("/follow", "new"));
  thief.read_until("tick");
  fixture.revoke("old");
  const std::string rest = thief.read_all();
  CHECK_FALSE(rest.ends_with("0\r\n\r\n"));  // it does not look whole
  other.read_until("tick");
  for (int i = 0; i < 10; ++i) other.read_until("tick");
  CHECK(fixture.server.listener().connections() == 1);
}

TEST_CASE("A revoked token ends a download whose client has yet to take it", "[server]") {
  Fixture fixture;
  RawClient thief(fixture.port);
  thief.send(Fixture::request("/download", "old"));
  thief.read_until("\r\n\r\n");
  fixture.revoke("old");
  CHECK(thief.read_all().size() < 64ULL * 1024 * 1024);
  wait_until("the end", [&] { return fixture.server.listener().connections() == 0; });
}

TEST_CASE("A revoked token gets 401 instead of the result that it waits for", "[server]") {
  Fixture fixture;
  for (const std::string& asked :
       {Fixture::request("/wait", "old"), Fixture::request("/upload", "old", "Content-Length: 9\r\n")}) {
    fixture.revoked.at("old")->store(false);
    const int before = fixture.waiting;
    RawClient client(fixture.port);
    client.send(asked);
    wait_until("the handler", [&] { return fixture.waiting > before; });
    fixture.revoke("old");
    CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 401 ") && Catch::Contains("revoked"));
  }
}

TEST_CASE("A connection that a revoked token has used is of no use to it", "[server]") {
  Fixture fixture;
  RawClient client(fixture.port);
  client.send(Fixture::request("/nothing", "old"));
  client.read_response();
  fixture.revoke("old");
  client.send(Fixture::request("/follow", "old"));
  CHECK_THAT(client.read_response(), Catch::StartsWith("HTTP/1.1 401 "));
}
