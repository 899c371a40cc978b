#include <sys/resource.h>

#include <asio/read.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"
#include "tests/support/sanitized.hpp"

using namespace server;
using test::HttpServer;
using test::RawClient;
using test::undated;

namespace {

Route hello(ReplyHandler handler) {
  Route route;
  route.method = "GET";
  route.pattern = "/hello";
  route.handler = std::move(handler);
  return route;
}

struct Fixture {
  Fixture() {
    server.router.add(hello([](Request&) { return text_reply(200, "hello"); }));
    server.options.timeouts.tick = std::chrono::milliseconds(10);
  }
  HttpServer server;
};

const std::string kHello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kHelloReply =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: sandbox; default-src 'none'\r\nContent-Length: 5\r\n\r\nhello";

}  // namespace

TEST_CASE("After stop() idle connections end and nobody gets in", "[server]") {
  Fixture fixture;
  std::uint16_t port = fixture.server.start();
  RawClient client(port);
  client.send(kHello);
  client.read_response();
  fixture.server.listener().stop();
  CHECK(client.read_all().empty());
  CHECK(fixture.server.listener().stopping());
  CHECK_THROWS(RawClient(port));
}

TEST_CASE("Connections are dealt out evenly over the loops", "[server]") {
  HttpServer server(2);
  auto threads = std::make_shared<std::map<std::thread::id, int>>();
  auto mutex = std::make_shared<std::mutex>();
  server.router.add(hello([=](Request&) {
    std::lock_guard lock(*mutex);
    ++(*threads)[std::this_thread::get_id()];
    return text_reply(200, "hello");
  }));
  std::uint16_t port = server.start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 16; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    clients.back()->send(kHello);
    CHECK(undated(clients.back()->read_response()) == kHelloReply);
  }
  REQUIRE(threads->size() == 2);
  CHECK(threads->begin()->second == 8);
}

TEST_CASE("A server without free descriptors serves its clients, and new ones later", "[server]") {
  if (test::kSanitized) return;  // UBSan looks at memory through a pipe, for which there is no descriptor
  Fixture fixture;
  std::uint16_t port = fixture.server.start();
  RawClient served(port);
  served.send(kHello);
  CHECK(undated(served.read_response()) == kHelloReply);

  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  asio::io_context io;
  asio::ip::tcp::socket waiting(io);
  waiting.open(asio::ip::tcp::v4());
  rlimit none = limit;
  none.rlim_cur = static_cast<rlim_t>(waiting.native_handle()) + 1;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  waiting.connect({asio::ip::address_v4::loopback(), port});  // by the kernel: accept() fails
  served.send(kHello);
  CHECK(undated(served.read_response()) == kHelloReply);
  setrlimit(RLIMIT_NOFILE, &limit);

  asio::write(waiting, asio::buffer(kHello));
  const std::string date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  std::string reply(kHelloReply.size() + date.size(), '\0');
  asio::read(waiting, asio::buffer(reply));
  CHECK(undated(reply) == kHelloReply);
}

TEST_CASE("A port in use is a clear error", "[server]") {
  Fixture fixture;
  HttpServer second;
  second.options.port = fixture.server.start();
  CHECK_THROWS_WITH(second.start(),
                    "listen 127.0.0.1:" + std::to_string(second.options.port) + ": Address already in use");
}
