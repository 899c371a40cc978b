#include <atomic>
#include <catch2/catch.hpp>

#include "http/body_writer.hpp"
#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"
#include "tests/support/patience.hpp"

using namespace server;
using namespace std::chrono_literals;
using test::HttpServer;
using test::RawClient;
using test::undated;

namespace {

Route route(std::string_view method, std::string_view pattern, Handler handler) {
  Route made;
  made.method = method;
  made.pattern = pattern;
  made.handler = std::move(handler);
  return made;
}

agent::Task<Reply> echo(Request* request) {
  Reply reply = text_reply(200, "");
  reply.body = co_await request->body();
  co_return reply;
}

agent::Task<Reply> count_bytes(Request* request) {
  std::size_t bytes = 0;
  for (bool more = true; more;) {
    std::string piece = co_await request->read();
    more = !piece.empty();
    bytes += piece.size();
  }
  co_return text_reply(200, std::to_string(bytes));
}

agent::Task<> write_numbers(BodyWriter* writer) {
  for (int i = 0; i < 3; ++i) {
    write_event(*writer, "number", std::to_string(i));
    co_await writer->room();
  }
}

agent::Task<> write_much(BodyWriter* writer, std::atomic<std::size_t>* written) {
  std::string piece(64 * 1024, 'x');
  for (int i = 0; i < 1024; ++i) {
    writer->write(piece);
    *written += piece.size();
    co_await writer->room();
  }
}

agent::Task<> break_off(BodyWriter* writer) {
  writer->write("half");
  co_await writer->room();
  throw agent::Error(agent::Errc::io, "the disk is gone");
}

Reply stream_reply(std::function<agent::Task<>(BodyWriter*)> stream) {
  Reply reply = text_reply(200, "");
  reply.content_type = "text/event-stream";
  reply.stream = std::move(stream);
  return reply;
}

struct Fixture {
  explicit Fixture(std::size_t loops = 1) : server(loops) {
    server.router.add(
        route("GET", "/hello", ReplyHandler([](Request&) { return text_reply(200, "hello"); })));
    server.router.add(route("POST", "/echo", ReplyTask([](Request* request) { return echo(request); })));
    server.router.add(
        route("POST", "/ignore", ReplyHandler([](Request&) { return text_reply(200, "ignored"); })));
    Route count = route("PUT", "/count", ReplyTask([](Request* request) { return count_bytes(request); }));
    count.body_limit = 1 << 30;
    server.router.add(std::move(count));
    server.router.add(
        route("GET", "/events", ReplyHandler([](Request&) { return stream_reply(write_numbers); })));
    server.router.add(
        route("GET", "/broken", ReplyHandler([](Request&) { return stream_reply(break_off); })));
    server.router.add(route("GET", "/much", ReplyHandler([this](Request&) {
                              return stream_reply([this](BodyWriter* w) { return write_much(w, &written); });
                            })));
    server.options.timeouts.tick = 10ms;
  }

  HttpServer server;
  std::atomic<std::size_t> written{0};
};

const std::string kHello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kHelloReply =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: sandbox; default-src 'none'\r\nContent-Length: 5\r\n\r\nhello";

}  // namespace

TEST_CASE("A connection answers one request after the other", "[server]") {
  Fixture fixture;
  RawClient client(fixture.server.start());
  for (int i = 0; i < 3; ++i) {
    client.send(kHello);
    CHECK(undated(client.read_response()) == kHelloReply);
  }
  CHECK(fixture.server.listener().connections() == 1);
}

TEST_CASE("Pipelined requests are answered in order", "[server]") {
  Fixture fixture;
  RawClient client(fixture.server.start());
  std::string post = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  client.send(kHello + post + kHello + "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" + kHello);
  CHECK(undated(client.read_response()) == kHelloReply);
  CHECK_THAT(client.read_response(), Catch::EndsWith("abc"));
  CHECK(undated(client.read_response()) == kHelloReply);
  CHECK_THAT(client.read_response(), Catch::EndsWith("404 page not found"));
  CHECK(undated(client.read_response()) == kHelloReply);
}

TEST_CASE("A body is the same wherever its bytes are parted from the head's", "[server]") {
  Fixture fixture;
  RawClient client(fixture.server.start());
  const std::string post = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabcdef";
  for (std::size_t parted = post.size() - 8; parted <= post.size(); ++parted) {
    client.send(post.substr(0, parted));
    client.send(post.substr(parted) + kHello);
    CHECK_THAT(client.read_response(), Catch::EndsWith("\r\n\r\nabcdef"));
    CHECK(undated(client.read_response()) == kHelloReply);
  }
}

TEST_CASE("A request arrives byte by byte", "[server]") {
  Fixture fixture;
  RawClient client(fixture.server.start());
  std::string text =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (char c : text) client.send(std::string_view(&c, 1));
  CHECK_THAT(client.read_response(), Catch::EndsWith("abcde"));
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection after the reply", "[server]") {
  Fixture fixture;
  std::uint16_t port = fixture.server.start();
  for (const char* request :
       {"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /hello HTTP/1.0\r\n\r\n"}) {
    RawClient client(port);
    client.send(request);
    std::string all = client.read_all();
    CHECK_THAT(all, Catch::Contains("Connection: close\r\n") && Catch::EndsWith("\r\n\r\nhello"));
  }
  RawClient client(port);
  client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK_THAT(client.read_response(), Catch::Contains("Connection: keep-alive\r\n"));
  client.send(kHello);
  CHECK(undated(client.read_response()) == kHelloReply);
}

TEST_CASE("HEAD has the head of GET and no body", "[server]") {
  Fixture fixture;
  RawClient client(fixture.server.start());
  client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n" + kHello);
  CHECK(undated(client.read_until("\r\n\r\n")) == kHelloReply.substr(0, kHelloReply.size() - 5));
  CHECK(undated(client.read_response()) == kHelloReply);
}

TEST_CASE("100 Continue is sent when the body is wanted, and only then", "[server]") {
  Fixture fixture;
  std::uint16_t port = fixture.server.start();
  std::string head = " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  RawClient client(port);
  client.send("POST /echo" + head);
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  CHECK_THAT(client.read_response(), Catch::EndsWith("abc"));

  RawClient other(port);
  other.send("POST /ignore" + head);
  CHECK_THAT(other.read_all(), Catch::StartsWith("HTTP/1.1 200") && Catch::Contains("Connection: close"));
}

TEST_CASE("A body that the handler did not read is dropped when it is small", "[server]") {
  Fixture fixture;
  std::uint16_t port = fixture.server.start();
  RawClient client(port);
  client.send("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + kHello);
  CHECK_THAT(client.read_response(), Catch::EndsWith("ignored"));
  CHECK(undated(client.read_response()) == kHelloReply);

  RawClient large(port);
  large.send("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  CHECK_THAT(large.read_all(), Catch::Contains("Connection: close"));
}

TEST_CASE("A slow upload of many megabytes passes piece by piece", "[server]") {
  Fixture fixture;
  RawClient client(fixture.server.start());
  client.send("PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 33554432\r\n\r\n");
  std::string piece(1 << 20, 'x');
  for (int i = 0; i < 32; ++i) REQUIRE(client.send(piece));
  CHECK_THAT(client.read_response(), Catch::EndsWith("33554432"));
}

TEST_CASE("A body beyond the route's limit is 413, announced or not", "[server]") {
  Fixture fixture;
  std::uint16_t port = fixture.server.start();
  RawClient announced(port);
  announced.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n");
  CHECK_THAT(announced.read_all(), Catch::StartsWith("HTTP/1.1 413"));

  RawClient chunked(port);
  std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 17; ++i) chunked.send(chunk);
  CHECK_THAT(chunked.read_all(), Catch::StartsWith("HTTP/1.1 413"));
}

TEST_CASE("Garbage is 400 and the end of the connection, others do not notice", "[server]") {
  Fixture fixture;
  std::uint16_t port = fixture.server.start();
  RawClient other(port);
  for (std::string_view garbage :
       {std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
        std::string_view("hello\r\n\r\n"), std::string_view("GET / HTTP/1.1\r\n\r\n"),
        std::string_view("GET /hello HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n")}) {
    RawClient client(port);
    client.send(garbage);
    CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 400") && Catch::Contains("Connection: close"));
  }
  other.send(kHello);
  CHECK(undated(other.read_response()) == kHelloReply);
}

TEST_CASE("A broken chunk is 400", "[server]") {
  Fixture fixture;
  RawClient client(fixture.server.start());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 400"));
}

TEST_CASE("A head of a gigabyte is 431 after 32 KiB", "[server]") {
  Fixture fixture;
  RawClient client(fixture.server.start());
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\n");
  std::string line = "X-Filler: " + std::string(8000, 'x') + "\r\n";
  int sent = 0;
  while (sent < 130'000 && client.send(line)) ++sent;
  CHECK(sent < 130'000);
  CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 431"));
}

TEST_CASE("A head that takes too long is 408", "[server]") {
  Fixture fixture;
  fixture.server.options.timeouts.head = 30ms;
  RawClient client(fixture.server.start());
  client.send("GET /hello HTTP/1.1\r\nHost: ");
  CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 408"));
}

TEST_CASE("A body that stops is 408", "[server]") {
  Fixture fixture;
  fixture.server.options.timeouts.body = 30ms;
  RawClient client(fixture.server.start());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 408"));
}

TEST_CASE("A request whose body was late is counted as 408", "[server]") {
  Fixture fixture;
  fixture.server.options.timeouts.body = 30ms;
  RawClient client(fixture.server.start());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 408"));
  const std::string counted = R"(_count{route="/echo",method="POST",code="408"} 1)";
  test::wait_until("the count",
                   [&] { return fixture.server.metrics.expose().find(counted) != std::string::npos; });
}

TEST_CASE("An idle connection is closed without a word", "[server]") {
  Fixture fixture;
  fixture.server.options.timeouts.idle = 30ms;
  RawClient client(fixture.server.start());
  client.send(kHello);
  CHECK(undated(client.read_response()) == kHelloReply);
  CHECK(client.read_all().empty());
}

TEST_CASE("A client that takes nothing of a reply is closed, its writer held back", "[server]") {
  Fixture fixture;
  fixture.server.options.timeouts.write = 50ms;
  RawClient client(fixture.server.start());
  client.send("GET /much HTTP/1.1\r\nHost: x\r\n\r\n");
  pollfd closed{client.socket().native_handle(), POLLRDHUP, 0};
  REQUIRE(poll(&closed, 1, 15'000) == 1);
  CHECK(fixture.written < 32u << 20);
}

TEST_CASE("An event stream leaves in chunks, or up to the close", "[server]") {
  Fixture fixture;
  std::uint16_t port = fixture.server.start();
  RawClient client(port);
  client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n" + kHello);
  std::string text = client.read_until("0\r\n\r\n");
  CHECK_THAT(text, Catch::Contains("Transfer-Encoding: chunked\r\n"));
  CHECK_THAT(text, Catch::Contains("\r\nevent: number\ndata: 0\n\n\r\n"));
  CHECK(undated(client.read_response()) == kHelloReply);

  for (const char* headers : {"", "Connection: keep-alive\r\n"}) {
    RawClient old(port);
    old.send(std::string("GET /events HTTP/1.0\r\n") + headers + "\r\n");
    CHECK_THAT(
        old.read_all(),
        Catch::Contains("Connection: close\r\n") &&
            Catch::EndsWith(
                "\r\n\r\nevent: number\ndata: 0\n\nevent: number\ndata: 1\n\nevent: number\ndata: 2\n\n"));
  }
}

TEST_CASE("A body cut short does not look whole", "[server]") {
  Fixture fixture;
  RawClient client(fixture.server.start());
  client.send("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_THAT(client.read_all(), !Catch::Contains("0\r\n\r\n"));
}

TEST_CASE("A body that comes too slowly is 408, although it does not stop", "[server]") {
  Fixture fixture;
  fixture.server.options.timeouts.body = 1h;
  fixture.server.options.timeouts.body_rate = 1'000'000;
  fixture.server.options.timeouts.body_window = 50ms;
  RawClient client(fixture.server.start());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n");
  while (client.send("x")) {
    pollfd answer{client.socket().native_handle(), POLLIN, 0};
    if (poll(&answer, 1, 1) > 0) break;
  }
  CHECK_THAT(client.read_until("too slowly"), Catch::StartsWith("HTTP/1.1 408"));
}

TEST_CASE("A request that runs while the server stops is answered", "[server]") {
  Fixture fixture;
  RawClient client(fixture.server.start());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  client.read_until("\r\n\r\n");
  fixture.server.listener().stop();
  client.send("abc");
  CHECK_THAT(client.read_all(), Catch::Contains("Connection: close\r\n") && Catch::EndsWith("abc"));
}
