#include "net/http_requester.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <deque>
#include <string>
#include <vector>

#include "base/event.hpp"
#include "tests/support/on_loop.hpp"

using namespace agent;
using namespace agent::net;
using asio::ip::tcp;
using test::on_loop;

namespace {

// Each connection answers its requests with the next texts of the list, and closes when that says so ("").
struct Server {
  explicit Server(Loop& the_loop)
      : loop(the_loop), acceptor(loop.io(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    asio::co_spawn(loop.io(), accept(), asio::detached);
  }

  Task<> accept() {
    for (;;) {
      tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
      ++connections;
      streams.push_back(std::make_shared<Stream>(loop, std::move(socket)));
      asio::co_spawn(loop.io(), serve(streams.back()), asio::detached);
    }
  }

  Task<> serve(std::shared_ptr<Stream> stream) {
    HttpReader reader(*stream, HttpParser::Kind::request);
    for (;;) {
      std::optional<HttpHead> head = co_await reader.head();
      if (!head) co_return;
      std::string body;
      for (std::string piece = co_await reader.body(); !piece.empty(); piece = co_await reader.body())
        body += piece;
      requests.push_back(*head);
      bodies.push_back(body);
      if (answers.empty()) co_return;
      const std::string text = answers.front();
      answers.pop_front();
      stream->send(text);
      if (text.empty() || text.find("close") != std::string::npos)
        co_return stream->close_after_writing(std::chrono::seconds(5));
    }
  }

  DialOptions options() const {
    DialOptions to;
    to.address = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    to.token = "a-token";
    to.timeout = std::chrono::seconds(10);
    return to;
  }

  Loop& loop;
  tcp::acceptor acceptor;
  std::vector<std::shared_ptr<Stream>> streams;
  std::deque<std::string> answers;
  std::vector<HttpHead> requests;
  std::vector<std::string> bodies;
  int connections = 0;
};

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Task<std::string> ask(HttpRequester* server, HttpRequest request) {
  co_await server->send(std::move(request));
  std::string text = co_await server->read_all(100);
  co_return text;
}

HttpRequest get(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  return request;
}

Task<> two_requests(Loop& loop) {
  Server server(loop);
  server.answers = {kOk, kOk};
  HttpRequester requester(loop, server.options());
  const std::string first = co_await ask(&requester, get("/a"));
  const std::string second = co_await ask(&requester, get("/b"));
  CHECK(first == "ok");
  CHECK(second == "ok");
  CHECK(server.connections == 1);
  CHECK(server.requests.at(1).target == "/b");
  CHECK(server.requests.at(0).header("Authorization") == "Bearer a-token");
}

Task<> dead_connection(Loop& loop) {
  Server server(loop);
  server.answers = {kOk, "", kOk};
  HttpRequester requester(loop, server.options());
  co_await ask(&requester, get("/a"));
  const std::string again = co_await ask(&requester, get("/b"));
  CHECK(again == "ok");
  CHECK(server.connections == 2);
  CHECK(server.requests.size() == 3);
}

Task<> post_twice(Loop& loop) {
  Server server(loop);
  server.answers = {kOk, ""};
  HttpRequester requester(loop, server.options());
  co_await ask(&requester, get("/a"));
  HttpRequest post;
  post.method = "POST";
  post.target = "/a";
  post.body = "{}";
  bool has_failed = false;
  try {
    co_await ask(&requester, std::move(post));
  } catch (const Error& error) {
    has_failed = error.code() == Errc::disconnected;
  }
  CHECK(has_failed);
  CHECK(server.requests.size() == 2);
  CHECK(server.bodies.at(1) == "{}");
}

Task<> repeatable_post(Loop& loop) {
  Server server(loop);
  server.answers = {kOk, kOk, "", kOk};
  HttpRequester requester(loop, server.options());
  HttpRequest post;
  post.method = "POST";
  post.target = "/a";
  post.body = "{}";
  post.is_repeatable = true;
  for (int i = 0; i < 3; ++i) {
    HttpRequest request = post;
    const std::string answer = co_await ask(&requester, std::move(request));
    CHECK(answer == "ok");
  }
  CHECK(server.connections == 2);
  CHECK(server.bodies == std::vector<std::string>(4, "{}"));
}

Task<> post_that_may_be_lost(Loop& loop) {
  Server server(loop);
  server.answers = {kOk, kOk, "", kOk};
  HttpRequester requester(loop, server.options());
  HttpRequest post;
  post.method = "POST";
  post.target = "/a";
  post.body = "{}";
  post.may_be_lost = true;
  int failures = 0;
  for (int i = 0; i < 4; ++i) {
    HttpRequest request = post;
    try {
      co_await ask(&requester, std::move(request));
    } catch (const Error& error) {
      failures += error.code() == Errc::disconnected ? 1 : 100;
    }
  }
  CHECK(failures == 1);
  CHECK(server.connections == 2);
  CHECK(server.requests.size() == 4);
}

Task<> chunks_cut(Loop& loop) {
  Server server(loop);
  server.answers = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: close\r\n\r\n3\r\nabc\r\n"};
  HttpRequester requester(loop, server.options());
  co_await requester.send(get("/a"));
  const std::string piece = co_await requester.read();
  CHECK(piece == "abc");
  bool is_cut = false;
  try {
    co_await requester.read();
  } catch (const Error& error) {
    is_cut = error.code() == Errc::disconnected;
  }
  CHECK(is_cut);
}

// `pieces` pieces of 64 KiB; then it fails, or ends.
struct Content final : ByteSource {
  explicit Content(int the_pieces, bool fails = false) : pieces(the_pieces), is_broken(fails) {}
  Task<std::string> read() override {
    if (read_count < pieces) {
      ++read_count;
      co_return std::string(kPiece, 'x');
    }
    if (is_broken) throw Error(Errc::io, "the file has become shorter");
    co_return std::string();
  }
  static constexpr std::size_t kPiece = 64 * 1024;
  int pieces;
  bool is_broken;
  int read_count = 0;
};

HttpRequest post(std::shared_ptr<Content> content, int pieces) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/a";
  request.content = std::move(content);
  request.content_length = static_cast<std::uint64_t>(pieces) * Content::kPiece;
  return request;
}

Task<> content_sent(Loop& loop) {
  Server server(loop);
  server.answers = {kOk, kOk};
  HttpRequester requester(loop, server.options());
  HttpRequest large = post(std::make_shared<Content>(20), 20);
  const std::string first = co_await ask(&requester, std::move(large));
  const std::string second = co_await ask(&requester, get("/b"));
  CHECK(first == "ok");
  CHECK(second == "ok");
  CHECK(server.bodies.at(0) == std::string(20 * Content::kPiece, 'x'));
  CHECK(server.connections == 1);
}

// Answers at once, and reads no more than the head.
Task<> refuse(tcp::acceptor* acceptor, Loop* loop, std::shared_ptr<Stream>* stream) {
  tcp::socket socket = co_await acceptor->async_accept(asio::use_awaitable);
  *stream = std::make_shared<Stream>(*loop, std::move(socket));
  HttpReader reader(**stream, HttpParser::Kind::request);
  co_await reader.head();
  (*stream)->send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
}

Task<> content_refused(Loop& loop) {
  tcp::acceptor acceptor(loop.io(), tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  std::shared_ptr<Stream> stream;
  asio::co_spawn(loop.io(), refuse(&acceptor, &loop, &stream), asio::detached);
  DialOptions to;
  to.address = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  to.timeout = std::chrono::seconds(10);
  HttpRequester requester(loop, std::move(to));
  constexpr int kMany = 10'000;
  const auto content = std::make_shared<Content>(kMany);
  HttpRequest request = post(content, kMany);
  const HttpHead head = co_await requester.send(std::move(request));
  const std::string text = co_await requester.read_all(100);
  CHECK(head.status == 401);
  CHECK(text == "no");
  CHECK(content->read_count < kMany);
  CHECK_FALSE(requester.can_go_on());
}

Task<> content_fails(Loop& loop) {
  Server server(loop);
  HttpRequester requester(loop, server.options());
  const auto content = std::make_shared<Content>(3, true);
  HttpRequest request = post(content, 20);
  std::string reason;
  try {
    co_await requester.send(std::move(request));
  } catch (const Error& error) {
    reason = error.text();
  }
  CHECK(reason == "the file has become shorter");
}

}  // namespace

TEST_CASE("Two requests share a connection", "[net]") {
  on_loop([](Loop& loop) { return two_requests(loop); });
}

TEST_CASE("A GET on a connection that has died is sent again", "[net]") {
  on_loop([](Loop& loop) { return dead_connection(loop); });
}

TEST_CASE("A POST is sent once", "[net]") {
  on_loop([](Loop& loop) { return post_twice(loop); });
}

TEST_CASE("A POST that may be lost shares a connection and is sent once", "[net]") {
  on_loop([](Loop& loop) { return post_that_may_be_lost(loop); });
}

TEST_CASE("A POST that may be repeated shares a connection and is sent again on a new one", "[net]") {
  on_loop([](Loop& loop) { return repeatable_post(loop); });
}

TEST_CASE("A body that is cut short is no body", "[net]") {
  on_loop([](Loop& loop) { return chunks_cut(loop); });
}

TEST_CASE("A content is sent while it is read", "[net]") {
  on_loop([](Loop& loop) { return content_sent(loop); });
}

TEST_CASE("A server that refuses a content is heard before all of it was sent", "[net]") {
  on_loop([](Loop& loop) { return content_refused(loop); });
}

TEST_CASE("A content that fails ends its request with its own reason", "[net]") {
  on_loop([](Loop& loop) { return content_fails(loop); });
}
