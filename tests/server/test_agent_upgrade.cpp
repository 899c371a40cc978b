#include <asio/co_spawn.hpp>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <future>

#include "agent/error.hpp"
#include "net/dial.hpp"
#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/on_loop.hpp"

using agent::Task;
using agent::net::DialOptions;
using agent::net::DialRefused;
using agent::net::Loop;
using agent::net::WebSocket;
using test::HttpServer;
using test::RawClient;

namespace {

Task<> echo(std::unique_ptr<WebSocket> socket, server::Grant grant) {
  try {
    socket->send("hello " + grant.name());
    for (;;) {
      std::string text = co_await socket->read();
      socket->send(text);
    }
  } catch (const agent::Error&) {  // the agent left
  }
}

struct Fixture {
  Fixture() {
    server.options.hooks.serve_agent = echo;
    server.options.timeouts.tick = std::chrono::milliseconds(10);
  }

  DialOptions dial() const {
    DialOptions options;
    options.address = "127.0.0.1:" + std::to_string(port);
    return options;
  }
  void start() { port = server.start(); }

  HttpServer server;
  std::uint16_t port = 0;
};

Task<> greet(Loop* loop, DialOptions options, std::string* greeting) {
  std::unique_ptr<WebSocket> socket = co_await agent::net::dial(*loop, options);
  *greeting = co_await socket->read();
  socket->send("ping");
  std::string answer = co_await socket->read();
  *greeting += ", " + answer;
}

std::string greeting_of(const DialOptions& options) {
  std::string greeting;
  test::on_loop([&](Loop& loop) { return greet(&loop, options, &greeting); });
  return greeting;
}

const std::string kUpgrade =
    "GET /ws/agent HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\n";
const std::string kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

}  // namespace

TEST_CASE("An agent is handed over, and HTTP keeps nothing of its connection", "[server]") {
  Fixture fixture;
  fixture.start();
  RawClient agent(fixture.port);
  agent.send(kUpgrade + kKey + "\r\n");
  CHECK_THAT(agent.read_until("\r\n\r\n"), Catch::StartsWith("HTTP/1.1 101"));
  CHECK(agent.read_bytes(8) == "\x81\x06hello ");
  CHECK(fixture.server.listener().connections() == 0);
  CHECK(greeting_of(fixture.dial()) == "hello , ping");
}

TEST_CASE("What arrives right behind the upgrade belongs to the agent's session", "[server]") {
  Fixture fixture;
  fixture.start();
  RawClient agent(fixture.port);
  agent.send(kUpgrade + kKey + "\r\n" + std::string("\x81\x82\x00\x00\x00\x00hi", 8));
  agent.read_until("\r\n\r\n");
  CHECK(agent.read_bytes(12) == "\x81\x06hello \x81\x02hi");
}

TEST_CASE("A client that is no agent is told why", "[server]") {
  Fixture fixture;
  fixture.start();
  RawClient no_key(fixture.port);
  no_key.send(kUpgrade + "\r\n");
  CHECK_THAT(no_key.read_all(), Catch::StartsWith("HTTP/1.1 400"));
  RawClient plain(fixture.port);
  plain.send("GET /ws/agent HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_THAT(plain.read_all(), Catch::StartsWith("HTTP/1.1 400"));
  RawClient post(fixture.port);
  post.send("POST /ws/agent HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK_THAT(post.read_all(),
             Catch::StartsWith("HTTP/1.1 405") && Catch::Contains("\r\nAllow: GET, OPTIONS\r\n"));
  RawClient behind_nginx(fixture.port);
  behind_nginx.send("GET /ws/agent HTTP/1.0\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK_THAT(behind_nginx.read_all(),
             Catch::StartsWith("HTTP/1.1 400") && Catch::Contains("proxy_http_version 1.1"));
  RawClient old(fixture.port);
  old.send(
      "GET /ws/agent HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 8\r\n" +
      kKey + "\r\n");
  CHECK_THAT(old.read_all(), Catch::StartsWith("HTTP/1.1 426") &&
                                 Catch::Contains("\r\nSec-WebSocket-Version: 13\r\n") &&
                                 Catch::Contains("\r\nUpgrade: websocket\r\n"));
  RawClient browser(fixture.port);
  browser.send(kUpgrade + kKey + "Origin: http://evil\r\n\r\n");
  CHECK_THAT(browser.read_all(), Catch::StartsWith("HTTP/1.1 403"));
}

TEST_CASE("An agent beyond the rate gets 503 and the time to come back", "[server]") {
  Fixture fixture;
  fixture.server.options.hooks.admit = []() -> std::optional<std::chrono::seconds> {
    return std::chrono::seconds(3);
  };
  fixture.start();
  try {
    greeting_of(fixture.dial());
    FAIL("was let in");
  } catch (const DialRefused& refused) {
    CHECK(refused.status == 503);
    CHECK(refused.retry_after == std::chrono::seconds(3));
    CHECK_THAT(refused.what(), Catch::Contains("rate limit"));
  }
}

TEST_CASE("An agent shows its enrollment token", "[server]") {
  Fixture fixture;
  fixture.server.options.hooks.enroll_token = [](std::string_view token) -> std::optional<std::string> {
    if (token == "secret") return "rack-7";
    return std::nullopt;
  };
  fixture.start();
  DialOptions options = fixture.dial();
  CHECK_THROWS_AS(greeting_of(options), DialRefused);
  options.token = "secret";
  CHECK(greeting_of(options) == "hello rack-7, ping");
}

TEST_CASE("TLS carries agents and requests on the same port", "[server]") {
  test::Certificates certificates;
  Fixture fixture;
  fixture.server.tls.set(
      agent::net::TlsContext::server({"", certificates.server_cert(), certificates.server_key()}));
  fixture.start();
  DialOptions options = fixture.dial();
  options.address = "wss://" + options.address;
  options.tls = agent::net::TlsContext::client({certificates.ca(), "", ""});
  CHECK(greeting_of(options) == "hello , ping");

  RawClient plain(fixture.port);
  plain.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_THAT(plain.read_all(), !Catch::Contains("HTTP/1.1"));
}

TEST_CASE("New connections use the certificate that was set last", "[server]") {
  test::Certificates first;
  test::Certificates second;
  Fixture fixture;
  auto use = [&](const test::Certificates& certificates) {
    fixture.server.tls.set(
        agent::net::TlsContext::server({"", certificates.server_cert(), certificates.server_key()}));
  };
  use(first);
  fixture.start();
  DialOptions options = fixture.dial();
  options.address = "wss://" + options.address;
  options.tls = agent::net::TlsContext::client({second.ca(), "", ""});
  CHECK_THROWS_AS(greeting_of(options), agent::Error);
  use(second);
  CHECK(greeting_of(options) == "hello , ping");
}

TEST_CASE("A client that never finishes the TLS handshake is closed", "[server]") {
  test::Certificates certificates;
  Fixture fixture;
  fixture.server.options.timeouts.head = std::chrono::milliseconds(30);
  fixture.server.tls.set(
      agent::net::TlsContext::server({"", certificates.server_cert(), certificates.server_key()}));
  fixture.start();
  RawClient client(fixture.port);
  client.send("\x16");
  CHECK(client.read_all().empty());
}
