#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "net/http.hpp"

using namespace agent;
using namespace agent::net;
using Event = HttpParser::Event;

namespace {

struct Seen {
  HttpHead head;
  std::string body;
  std::string rest;
};

// Everything in one piece, or byte by byte.
std::vector<Seen> parse(HttpParser::Kind kind, std::string text, std::size_t step) {
  HttpParser parser(kind, {});
  std::vector<Seen> seen;
  for (std::size_t at = 0; at < text.size(); at += step) {
    std::span<char> bytes(text.data() + at, std::min(step, text.size() - at));
    while (!bytes.empty()) {
      Event event = parser.parse(bytes);
      if (event == Event::head) seen.push_back({.head = parser.head(), .body = {}, .rest = {}});
      if (event == Event::body) seen.back().body += parser.body();
      if (event == Event::end && seen.back().head.upgrade) {
        seen.back().rest.assign(bytes.data(), bytes.size());
        return seen;
      }
    }
  }
  return seen;
}

int fault_of(std::string text) {
  try {
    parse(HttpParser::Kind::request, std::move(text), 1 << 20);
  } catch (const HttpFault& fault) {
    return fault.status;
  }
  return 0;
}

}  // namespace

TEST_CASE("Pipelined requests come out in order with their bodies", "[net]") {
  std::string text =
      "GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
      "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
      "DELETE /d HTTP/1.0\r\n\r\n";
  for (std::size_t step : {std::size_t{1}, std::size_t{7}, text.size()}) {
    auto seen = parse(HttpParser::Kind::request, text, step);
    REQUIRE(seen.size() == 4);
    CHECK(seen[0].head.method == "GET");
    CHECK(seen[0].head.target == "/a?x=1");
    CHECK(seen[0].head.keep_alive);
    CHECK(seen[1].body == "hello");
    CHECK(seen[1].head.content_length == 5u);
    CHECK(seen[2].body == "abcde");
    CHECK(seen[2].head.chunked);
    CHECK(seen[3].head.method == "DELETE");
    CHECK_FALSE(seen[3].head.keep_alive);
  }
}

TEST_CASE("What follows an upgrade is left alone", "[net]") {
  std::string text =
      "GET /ws/agent HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x85rest";
  auto seen = parse(HttpParser::Kind::request, text, text.size());
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].head.upgrade);
  CHECK(seen[0].rest == "\x81\x85rest");
}

TEST_CASE("An upgrade to something else is an ordinary request", "[net]") {
  auto seen = parse(
      HttpParser::Kind::request,
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
      1000);
  REQUIRE(seen.size() == 2);
  CHECK_FALSE(seen[0].head.upgrade);
}

TEST_CASE("Headers are found whatever their case", "[net]") {
  auto seen = parse(HttpParser::Kind::request, "GET / HTTP/1.1\r\nhOsT: h\r\nX-Token:   abc  \r\n\r\n", 3);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].head.header("HOST") == "h");
  CHECK(seen[0].head.header("x-token") == "abc");
  CHECK(seen[0].head.header("missing").empty());
}

TEST_CASE("Bad requests are faults with a status", "[net]") {
  CHECK(fault_of("garbage that is not HTTP\r\n\r\n") == 400);
  CHECK(fault_of("\x16\x03\x01\x02 TLS hello") != 0);
  CHECK(fault_of("GET / HTTP/1.1\r\n\r\n") == 400);  // no Host
  CHECK(fault_of("GET / HTTP/9.9x\r\nHost: h\r\n\r\n") != 0);
  CHECK(fault_of("BREW / HTTP/1.1\r\nHost: h\r\n\r\n") == 400);
  CHECK(fault_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n") == 400);
  CHECK(fault_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        400);
  CHECK(fault_of("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(40000, 'x') + "\r\n\r\n") == 431);
  std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 200; ++i) many += "X: y\r\n";
  CHECK(fault_of(many + "\r\n") == 431);
}

TEST_CASE("A chunk that goes on after its announced end is a fault, however it arrives", "[net]") {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::string chunk : {"3\r\nabcdef\r\n0\r\n\r\n", "3\r\nabc\rx0\r\n\r\n", "3\r\nabc\n\n0\r\n\r\n"}) {
    for (std::size_t step : {1, 2, 3, 1000}) {
      CHECK_THROWS_AS(parse(HttpParser::Kind::request, head + chunk, step), HttpFault);
    }
  }
}

TEST_CASE("A gigabyte of header is refused after 32 KiB", "[net]") {
  HttpParser parser(HttpParser::Kind::request, {});
  std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  std::span<char> bytes(start);
  parser.parse(bytes);
  std::string piece(1024, 'x');
  int pieces = 0;
  auto feed = [&] {
    for (; pieces < 1'000'000; ++pieces) {
      std::span<char> more(piece);
      parser.parse(more);
    }
  };
  CHECK_THROWS_AS(feed(), HttpFault);
  CHECK(pieces <= 32);
}

TEST_CASE("A response without a length ends with the connection", "[net]") {
  HttpParser parser(HttpParser::Kind::response, {});
  std::string text = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\n\r\nrate limit";
  std::span<char> bytes(text);
  REQUIRE(parser.parse(bytes) == Event::head);
  CHECK(parser.head().status == 503);
  CHECK(parser.head().header("retry-after") == "3");
  REQUIRE(parser.parse(bytes) == Event::body);
  CHECK(parser.body() == "rate limit");
  CHECK(parser.finish());
}

TEST_CASE("Heads and chunks are written as they are read", "[net]") {
  std::string text;
  write_response_head(text, 200, {{"Content-Type", "text/plain"}, {"Transfer-Encoding", "chunked"}});
  write_chunk(text, "hello ");
  write_chunk(text, std::string(300, 'w'));
  write_chunk(text, "");
  auto seen = parse(HttpParser::Kind::response, text, 11);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].head.status == 200);
  CHECK(seen[0].body == "hello " + std::string(300, 'w'));
  CHECK(reason_phrase(404) == "Not Found");
}

TEST_CASE("A version of HTTP that is not 1.x is 505", "[net]") {
  CHECK(fault_of("GET / HTTP/9.9\r\nHost: h\r\n\r\n") == 505);
  CHECK(fault_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n") == 505);
}

TEST_CASE("A parser that has failed says so again", "[net]") {
  HttpParser parser(HttpParser::Kind::request, {});
  std::string text = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab";
  std::span<char> bytes(text);
  while (!bytes.empty()) parser.parse(bytes);
  CHECK_FALSE(parser.finish());  // the connection ended in the middle of the body
  CHECK_FALSE(parser.finish());
  std::string more = "cde";
  bytes = more;
  CHECK_THROWS_AS(parser.parse(bytes), HttpFault);
}
