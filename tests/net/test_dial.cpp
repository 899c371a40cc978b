#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>

#include "net/dial.hpp"
#include "net/http.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/on_loop.hpp"
#include "tests/support/socket_pair.hpp"

using namespace agent;
using namespace agent::net;
using asio::ip::tcp;

namespace {

// One connection's worth of server, scripted by the test.
struct Script {
  std::function<std::string(const HttpHead&)> answer;  // to the request; empty: a proper upgrade
  std::unique_ptr<Tls> tls;
  bool is_proxy = false;
  HttpHead request;
  std::unique_ptr<WebSocket> socket;
};

Task<> serve_one(Loop& loop, tcp::acceptor& acceptor, Script& script) {
  tcp::socket accepted = co_await acceptor.async_accept(asio::use_awaitable);
  auto stream = std::make_unique<Stream>(loop, std::move(accepted));
  if (script.is_proxy) {
    HttpReader reader(*stream, HttpParser::Kind::request);
    std::optional<HttpHead> head = co_await reader.head();
    CHECK(head->method == "CONNECT");
    CHECK(head->header("Proxy-Authorization") == "Basic bWU6cEBzcw==");  // me:p@ss
    stream->send("HTTP/1.0 200 Connection established\r\n\r\n");
    co_await stream->room(0);
  }
  if (script.tls) stream->start_tls(std::move(script.tls));
  co_await stream->handshake();
  HttpReader reader(*stream, HttpParser::Kind::request);
  std::optional<HttpHead> head = co_await reader.head();
  script.request = *head;
  if (script.answer) {
    stream->send(script.answer(*head));
    stream->close_after_writing(std::chrono::seconds(5));
    co_return;
  }
  Upgrade upgrade = accept_upgrade(*head, true);
  HeaderList headers{
      {"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", upgrade.accept}};
  if (upgrade.deflate) headers.emplace_back("Sec-WebSocket-Extensions", upgrade.extensions);
  write_response_head(stream->out(), 101, headers);
  stream->flush();
  WebSocketOptions options{.is_server = true, .deflate = upgrade.deflate};
  script.socket = std::make_unique<WebSocket>(std::move(stream), options, reader.take_rest());
}

struct Server {
  explicit Server(Loop& loop) : acceptor(loop.io(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}
  std::string address() const { return "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()); }
  tcp::acceptor acceptor;
  Script script;
};

Task<> echo_once(Loop& loop) {
  Server server(loop);
  asio::co_spawn(loop.io(), serve_one(loop, server.acceptor, server.script), asio::detached);
  DialOptions options;
  options.address = server.address();
  options.token = "enroll-me";
  std::unique_ptr<WebSocket> client = co_await dial(loop, options);
  CHECK(server.script.request.header("authorization") == "Bearer enroll-me");
  CHECK(server.script.request.header("origin").empty());
  CHECK(server.script.request.target == "/ws/agent");

  std::string big(100'000, 'z');
  client->send("{\"a\":1}");
  client->ping();
  client->send(big);
  WebSocket& peer = *server.script.socket;
  std::string first = co_await peer.read();
  std::string second = co_await peer.read();
  CHECK(first == "{\"a\":1}");
  CHECK(second == big);
  peer.close(1001, "server is stopping");
  std::string failure;
  try {
    co_await client->read();
  } catch (const Error& error) {
    CHECK(error.code() == Errc::disconnected);
    failure = error.what();
  }
  CHECK(failure.find("1001 server is stopping") != std::string::npos);
}

Task<> pipelined(Loop& loop) {
  Server server(loop);
  asio::co_spawn(loop.io(), serve_one(loop, server.acceptor, server.script), asio::detached);
  DialOptions options;
  options.address = "ws://" + server.address();
  std::unique_ptr<WebSocket> client = co_await dial(loop, options);
  while (!server.script.socket) co_await test::yield(loop);
  constexpr int kMessages = 20'000;
  for (int i = 0; i < kMessages; ++i) client->send(std::to_string(i));
  int expected = 0;
  while (expected < kMessages) {
    std::string text = co_await server.script.socket->read();
    CHECK(text == std::to_string(expected++));
    while (std::optional<std::string> more = server.script.socket->next()) {
      if (*more != std::to_string(expected++)) FAIL("out of order");
    }
  }
}

Task<> refused(Loop& loop) {
  Server server(loop);
  server.script.answer = [](const HttpHead&) {
    return std::string(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 10\r\n\r\nrate limit");
  };
  asio::co_spawn(loop.io(), serve_one(loop, server.acceptor, server.script), asio::detached);
  DialOptions options;
  options.address = server.address();
  bool thrown = false;
  try {
    co_await dial(loop, options);
  } catch (const DialRefused& refusal) {
    thrown = true;
    CHECK(refusal.status == 503);
    CHECK(refusal.retry_after == std::chrono::seconds(7));
    CHECK(std::string(refusal.what()).find("rate limit") != std::string::npos);
  }
  CHECK(thrown);
}

// What a proxy in front of the server says in its own words.
Task<> refused_in_http_1_0(Loop& loop) {
  Server server(loop);
  server.script.answer = [](const HttpHead&) {
    return std::string("HTTP/1.0 502 Bad Gateway\nServer: old\n\nno server there");
  };
  asio::co_spawn(loop.io(), serve_one(loop, server.acceptor, server.script), asio::detached);
  DialOptions options;
  options.address = server.address();
  int status = 0;
  try {
    co_await dial(loop, options);
  } catch (const DialRefused& refusal) {
    status = refusal.status;
    CHECK(std::string(refusal.what()).find("no server there") != std::string::npos);
  }
  CHECK(status == 502);
}

Task<> black_hole(Loop& loop) {
  tcp::acceptor acceptor(loop.io(), tcp::endpoint(asio::ip::address_v4::loopback(), 0));  // never accepts
  DialOptions options;
  options.address = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  options.timeout = std::chrono::milliseconds(100);
  Errc code = Errc::io;
  try {
    co_await dial(loop, options);
  } catch (const Error& error) {
    code = error.code();
  }
  CHECK(code == Errc::timeout);
}

Task<> through_proxy_and_tls(Loop& loop, test::Certificates& made) {
  Server server(loop);
  server.script.is_proxy = true;
  server.script.tls =
      std::make_unique<Tls>(TlsContext::server({"", made.server_cert(), made.server_key()}), true);
  asio::co_spawn(loop.io(), serve_one(loop, server.acceptor, server.script), asio::detached);
  DialOptions options;
  options.address = "wss://localhost:443";
  options.proxy = "http://me:p%40ss@" + server.address() + "/";
  options.tls = TlsContext::client({made.ca(), "", ""});
  std::unique_ptr<WebSocket> client = co_await dial(loop, options);
  client->send("over TLS");
  while (!server.script.socket) co_await test::yield(loop);
  std::string heard = co_await server.script.socket->read();
  CHECK(heard == "over TLS");
}

}  // namespace

TEST_CASE("A dialled WebSocket exchanges messages and hears why it was closed", "[net]") {
  test::on_loop(echo_once);
}

TEST_CASE("Twenty thousand pipelined messages arrive in order", "[net]") { test::on_loop(pipelined); }

TEST_CASE("A refused upgrade tells status, reason and Retry-After", "[net]") { test::on_loop(refused); }

TEST_CASE("What a proxy answers in HTTP/1.0 is told, too", "[net]") { test::on_loop(refused_in_http_1_0); }

TEST_CASE("A server that accepts and says nothing is a timeout", "[net]") { test::on_loop(black_hole); }

TEST_CASE("wss through an HTTP proxy reaches the server", "[net]") {
  test::Certificates made;
  test::on_loop([&](Loop& loop) { return through_proxy_and_tls(loop, made); });
}

TEST_CASE("no_proxy excepts names, suffixes, addresses and blocks", "[net]") {
  setenv("https_proxy", "http://proxy:3128", 1);
  setenv("no_proxy", "internal.example, .corp ,192.0.2.0/24,2001:db8::/32,10.1.2.3", 1);
  auto direct = [](const std::string& host) { return proxy_for({host, "1", true}).empty(); };
  CHECK(direct("internal.example"));
  CHECK(direct("a.internal.EXAMPLE"));
  CHECK_FALSE(direct("notinternal.example"));
  CHECK(direct("x.corp"));
  CHECK(direct("192.0.2.77"));
  CHECK_FALSE(direct("192.0.3.1"));
  CHECK(direct("2001:db8:1::5"));
  CHECK(direct("10.1.2.3"));
  CHECK_FALSE(direct("example.org"));
  setenv("no_proxy", "*", 1);
  CHECK(direct("example.org"));
  unsetenv("https_proxy");
  unsetenv("no_proxy");
  CHECK(direct("example.org"));
}

TEST_CASE("no_proxy excepts one port where it names one", "[net]") {
  setenv("https_proxy", "http://proxy:3128", 1);
  setenv("no_proxy", "a.example:8080 [2001:db8::1]:443,10.0.0.0/8:22,[2001:db8::2] *.corp", 1);
  auto direct = [](const std::string& host, const std::string& port) {
    return proxy_for({host, port, true}).empty();
  };
  CHECK(direct("a.example", "8080"));
  CHECK(direct("x.a.example", "8080"));
  CHECK_FALSE(direct("a.example", "443"));
  CHECK(direct("2001:db8::1", "443"));
  CHECK_FALSE(direct("2001:db8::1", "444"));
  CHECK(direct("2001:db8::2", "1"));
  CHECK(direct("10.1.2.3", "22"));
  CHECK_FALSE(direct("10.1.2.3", "23"));
  CHECK(direct("x.corp", "1"));
  unsetenv("https_proxy");
  unsetenv("no_proxy");
}

TEST_CASE("all_proxy is for those who have no https_proxy", "[net]") {
  setenv("ALL_PROXY", "http://upper:1", 1);
  CHECK(proxy_for({"h", "1", true}) == "http://upper:1");
  setenv("all_proxy", "http://all:1", 1);
  CHECK(proxy_for({"h", "1", true}) == "http://all:1");
  setenv("no_proxy", "h", 1);
  CHECK(proxy_for({"h", "1", true}).empty());
  setenv("https_proxy", "http://https:1", 1);
  CHECK(proxy_for({"g", "1", true}) == "http://https:1");
  for (const char* name : {"https_proxy", "all_proxy", "ALL_PROXY", "no_proxy"}) unsetenv(name);
}

TEST_CASE("A proxy's user and password are percent-encoded", "[net]") {
  const Proxy proxy = parse_proxy("http://me%40corp:p%40ss%2fw%25@proxy.corp:3128/");
  CHECK(proxy.credentials == "me@corp:p@ss/w%");
  CHECK(proxy.address.host == "proxy.corp");
  CHECK(proxy.address.port == "3128");
  CHECK(parse_proxy("HTTP://[::1]:1").address.host == "::1");
  CHECK(parse_proxy("p:1").credentials.empty());
}

TEST_CASE("A proxy of another kind is refused, and its password not told", "[net]") {
  CHECK_THROWS_WITH(parse_proxy("socks5://me:secret@p:1080"),
                    Catch::Contains("socks5:// is not supported") && !Catch::Contains("secret"));
  CHECK_THROWS_WITH(parse_proxy("http://me:secret@p"),
                    Catch::Contains("proxy: ") && !Catch::Contains("secret"));
}
