// The rules for HTTP requests in one table (RFC 9110, RFC 9112): what gets which answer, and whether a
// handler runs for it. Each request is sent at once and byte by byte.
#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"

using namespace server;
using test::HttpServer;
using test::RawClient;

namespace {

struct Row {
  std::string name;
  std::string request;
  int status;
  std::string text = {};  // in the answer
};

const std::string kGet = "GET /get HTTP/1.1\r\n";
const std::string kHost = "Host: h\r\n";
const std::string kPost = "POST /body HTTP/1.1\r\nHost: h\r\n";
const std::string kDelete = "DELETE /act HTTP/1.1\r\nHost: h\r\n";
const std::string kCoding = "Transfer-Encoding: chunked\r\n";
const std::string kChunks = kPost + kCoding + "\r\n";
const std::string kLast = "0\r\n\r\n";

std::string get(const std::string& headers) { return kGet + kHost + headers + "\r\n"; }
std::string host(const std::string& value) { return kGet + "Host: " + value + "\r\n\r\n"; }
std::string extension(std::size_t size) { return "3;" + std::string(size - 1, 'x') + "\r\nabc\r\n" + kLast; }

const std::vector<Row> kLines = {
    {"a request", get(""), 200, "get"},
    {"empty lines ahead of it", "\r\n\r\n" + get(""), 200},
    {"names and values in any letters", get("x-Y: \tz\xc3\xa4 \r\nEmpty:\r\n"), 200},
    {"a blank before the colon", get("X : y\r\n"), 400, "blank"},
    {"a tab before the colon", get("X\t: y\r\n"), 400},
    {"a blank in a name", get("X Y: z\r\n"), 400, "blank"},
    {"a length behind a blank", kPost + "Content-Length : 5\r\n\r\nhello", 400},
    {"a coding behind a blank", kPost + "Transfer-Encoding : chunked\r\n\r\n" + kLast, 400},
    {"no name", get(": x\r\n"), 400},
    {"no colon", get("nonsense\r\n"), 400},
    {"a header that goes on in the next line", get("X: a\r\n b\r\n"), 400, "next line"},
    {"a coding that goes on in the next line", kPost + "Transfer-Encoding:\r\n chunked\r\n\r\n" + kLast, 400},
    {"lines that end in LF", "GET /get HTTP/1.1\nHost: h\n\n", 400, "CR LF"},
    {"one line that ends in LF", get("X: y\nZ: z\r\n"), 400, "CR LF"},
    {"a CR in a value", get("X: a\rb\r\n"), 400},
    {"a head that ends in CR and something", kGet + kHost + "\r\rX", 400},
    {"a NUL in a value", get(std::string("X: a\0b\r\n", 8)), 400},
    {"a NUL in the target", std::string("GET /g\0t HTTP/1.1\r\nHost: h\r\n\r\n", 30), 400},
    {"a tab in the target", "GET /get\tx HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"two blanks ahead of the target", "GET  /get HTTP/1.1\r\nHost: h\r\n\r\n", 400, "one blank"},
    {"two blanks behind the target", "GET /get  HTTP/1.1\r\nHost: h\r\n\r\n", 400, "one blank"},
    {"a blank behind the version", "GET /get HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
    {"no version", "GET /get\r\n\r\n", 400},
    {"an unknown method", "BREW /get HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"a version to come", "GET /get HTTP/2.0\r\nHost: h\r\n\r\n", 505},
    {"a head that is too large", get("X: " + std::string(40'000, 'x') + "\r\n"), 431},
};

const std::vector<Row> kHosts = {
    {"a name and a port", host("server-1.example.com:13081"), 200},
    {"an IPv4 address", host("192.0.2.1:80"), 200},
    {"an IPv6 address", host("[2001:db8::1]"), 200},
    {"an IPv6 address and a port", host("[::1]:13081"), 200},
    {"a name with an underscore", host("agent_server:1"), 200},
    {"an empty Host", host(""), 200},
    {"an empty port", host("h:"), 200},
    {"no Host", kGet + "\r\n", 400, "Host"},
    {"no Host in HTTP/1.0", "GET /get HTTP/1.0\r\n\r\n", 200},
    {"an empty Host in HTTP/1.0", "GET /get HTTP/1.0\r\nHost:\r\n\r\n", 200},
    {"two Hosts", get("Host: other\r\n"), 400, "more than one Host"},
    {"two equal Hosts", get(kHost), 400, "more than one Host"},
    {"two Hosts in HTTP/1.0", "GET /get HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n", 400},
    {"two names", host("h i"), 400, "malformed Host"},
    {"a path", host("h/x"), 400, "malformed Host"},
    {"a user", host("me@h"), 400, "malformed Host"},
    {"a port that is no number", host("h:http"), 400, "malformed Host"},
    {"two ports", host("h:1:2"), 400, "malformed Host"},
    {"an IPv6 address without brackets", host("2001:db8::1"), 400, "malformed Host"},
    {"a bracket that is not closed", host("[::1"), 400, "malformed Host"},
    {"brackets around a name", host("[h]"), 400, "malformed Host"},
    {"something behind the brackets", host("[::1]x"), 400, "malformed Host"},
    {"the whole address in the target", "GET http://h/get HTTP/1.1\r\nHost: H\r\n\r\n", 200},
    {"another host in the target", "GET http://evil/get HTTP/1.1\r\nHost: h\r\n\r\n", 400, "another host"},
};

const std::vector<Row> kFraming = {
    {"a length", kPost + "Content-Length: 5\r\n\r\nhello", 200, "hello"},
    {"no length is no body", kPost + "\r\n", 200},
    {"a length with a sign", kPost + "Content-Length: +5\r\n\r\nhello", 400},
    {"a length that is negative", kPost + "Content-Length: -5\r\n\r\nhello", 400},
    {"an empty length", kPost + "Content-Length:\r\n\r\n", 400},
    {"a length in hexadecimal", kPost + "Content-Length: 0x5\r\n\r\nhello", 400},
    {"two lengths", kPost + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400},
    {"two equal lengths", kPost + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
    {"a list of lengths", kPost + "Content-Length: 5, 5\r\n\r\nhello", 400},
    {"a length beyond 64 bits", kPost + "Content-Length: 18446744073709551621\r\n\r\nhello", 400},
    {"chunks", kChunks + "5\r\nhello\r\n" + kLast, 200, "hello"},
    {"chunks in other letters", kPost + "transfer-encoding: \tCHUNKED \r\n\r\n" + kLast, 200},
    {"another coding", kPost + "Transfer-Encoding: xchunked\r\n\r\n" + kLast, 501, "transfer encoding"},
    {"another coding, of a request that acts", kDelete + "Transfer-Encoding: xchunked\r\n\r\n" + kLast, 501},
    {"another coding and no body", kDelete + "Transfer-Encoding: identity\r\n\r\n", 501},
    {"two codings", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n" + kLast, 501},
    {"chunked twice", kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n" + kLast, 501},
    {"chunked on two lines", kPost + kCoding + kCoding + "\r\n" + kLast, 501},
    {"a coding ahead of chunked", kPost + "Transfer-Encoding: x\r\n" + kCoding + "\r\n" + kLast, 501},
    {"a parameter", kPost + "Transfer-Encoding: chunked;q=1\r\n\r\n" + kLast, 501},
    {"quotes", kPost + "Transfer-Encoding: \"chunked\"\r\n\r\n" + kLast, 501},
    {"an empty coding", kPost + "Transfer-Encoding:\r\n\r\n", 501},
    {"chunks in HTTP/1.0", "POST /body HTTP/1.0\r\n" + kCoding + "\r\n" + kLast, 400, "HTTP/1.0"},
    {"a coding and a length", kPost + kCoding + "Content-Length: 5\r\n\r\n" + kLast, 400},
    {"a length and a coding", kPost + "Content-Length: 5\r\n" + kCoding + "\r\n" + kLast, 400},
};

const std::vector<Row> kChunkRows = {
    {"capital digits and zeros ahead", kChunks + "00A\r\n0123456789\r\n00\r\n\r\n", 200, "0123456789"},
    {"an extension", kChunks + "3;a=b\r\nabc\r\n0;last\r\n\r\n", 200, "abc"},
    {"extensions with blanks and quotes", kChunks + "3 ; a = \"x; \\\" y\" ; b\t;c=d\r\nabc\r\n" + kLast, 200,
     "abc"},
    {"trailers", kChunks + "3\r\nabc\r\n0\r\nX: y\r\nZ:\r\n\r\n", 200, "abc"},
    {"extensions of 4 KiB", kChunks + extension(4096), 200, "abc"},
    {"extensions over 4 KiB", kChunks + extension(4096 + 1), 400, "4 KiB"},
    {"a size that is no number", kChunks + "zz\r\nabc\r\n" + kLast, 400, "size of a chunk"},
    {"no size", kChunks + "\r\nabc\r\n" + kLast, 400, "size of a chunk"},
    {"a negative size", kChunks + "-1\r\nabc\r\n" + kLast, 400, "size of a chunk"},
    {"a size with 0x", kChunks + "0x3\r\nabc\r\n" + kLast, 400},
    {"a size beyond 64 bits", kChunks + "10000000000000003\r\nabc\r\n" + kLast, 400, "size of a chunk"},
    {"a blank ahead of the size", kChunks + " 3\r\nabc\r\n" + kLast, 400},
    {"a blank behind the size", kChunks + "3 \r\nabc\r\n" + kLast, 400},
    {"junk behind the size", kChunks + "3 x\r\nabc\r\n" + kLast, 400},
    {"a size that ends in LF", kChunks + "3\nabc\r\n" + kLast, 400},
    {"a size that ends in CR", kChunks + "3\rxabc\r\n" + kLast, 400},
    {"an extension that ends in LF", kChunks + "3;a\nabc\r\n" + kLast, 400, "extension"},
    {"an LF within an extension", kChunks + "3;a=\"\n\"\r\nabc\r\n" + kLast, 400, "extension"},
    {"an extension without a name", kChunks + "3;=b\r\nabc\r\n" + kLast, 400, "extension"},
    {"an extension without a value", kChunks + "3;a=\r\nabc\r\n" + kLast, 400, "extension"},
    {"an empty extension", kChunks + "3;\r\nabc\r\n" + kLast, 400, "extension"},
    {"quotes that are not closed", kChunks + "3;a=\"b\r\nabc\r\n" + kLast, 400, "extension"},
    {"a chunk longer than it said", kChunks + "3\r\nabcdef\r\n" + kLast, 400, "where it said"},
    {"a chunk that ends in LF", kChunks + "3\r\nabc\n" + kLast, 400, "where it said"},
    {"a chunk that ends in CR", kChunks + "3\r\nabc\rx" + kLast, 400, "where it said"},
    {"a chunk that ends in two LF", kChunks + "3\r\nabc\n\n" + kLast, 400, "where it said"},
    {"an end in LF", kChunks + "3\r\nabc\r\n0\r\n\n", 400, "trailer"},
    {"an end in CR and something", kChunks + "3\r\nabc\r\n0\r\n\rx", 400, "trailer"},
    {"a trailer with a blank before the colon", kChunks + "0\r\nX : y\r\n\r\n", 400, "trailer"},
    {"a trailer that goes on in the next line", kChunks + "0\r\nX: y\r\n z\r\n\r\n", 400, "trailer"},
    {"a trailer without a colon", kChunks + "0\r\nnonsense\r\n\r\n", 400, "trailer"},
    {"trailers that are too large", kChunks + "0\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n", 431},
    {"a wrong chunk of a request that acts", kDelete + kCoding + "\r\n3\r\nabcdef\r\n" + kLast, 400},
    {"a wrong chunk that no handler reads", "POST /ignored HTTP/1.1\r\nHost: h\r\n" + kCoding + "\r\nzz\r\n",
     400},
    {"a right one", "POST /ignored HTTP/1.1\r\nHost: h\r\n" + kCoding + "\r\n3\r\nabc\r\n" + kLast, 200},
    {"a body that is cut short", kPost + "Content-Length: 9\r\n\r\nhello", 400, "cut short"},
    {"chunks that are cut short", kChunks + "9\r\nhello", 400, "cut short"},
    {"the body of a request that acts, cut short", kDelete + "Content-Length: 9\r\n\r\nhello", 400,
     "cut short"},
};

const std::vector<Row> kMethods = {
    {"a method of the path", kDelete + "\r\n", 200},
    {"no such path", "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n", 404, "404 page not found"},
    {"another method", "POST /get HTTP/1.1\r\nHost: h\r\n\r\n", 405, "\r\nAllow: GET, HEAD, OPTIONS\r\n"},
    {"another method of a path that has two", "GET /act HTTP/1.1\r\nHost: h\r\n\r\n", 405,
     "\r\nAllow: PUT, DELETE, OPTIONS\r\n"},
    {"OPTIONS", "OPTIONS /body HTTP/1.1\r\nHost: h\r\n\r\n", 204, "\r\nAllow: POST, OPTIONS\r\n"},
    {"OPTIONS of no path", "OPTIONS /nothing HTTP/1.1\r\nHost: h\r\n\r\n", 404},
    {"OPTIONS of the server", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 204,
     "\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS\r\n"},
    {"another method of the agents' path", "POST /ws/agent HTTP/1.1\r\nHost: h\r\n\r\n", 405,
     "\r\nAllow: GET, OPTIONS\r\n"},
    {"OPTIONS of the agents' path", "OPTIONS /ws/agent HTTP/1.1\r\nHost: h\r\n\r\n", 204,
     "\r\nAllow: GET, OPTIONS\r\n"},
    {"100-continue", kPost + "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi", 200,
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"},
    {"100-continue without a body", get("Expect: 100-continue\r\n"), 200},
    {"100-continue in HTTP/1.0", "POST /body HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
     200, "hi"},
    {"100-continue that nobody waits for", kDelete + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
     200},
    {"another expectation", kPost + "Expect: 200-ok\r\nContent-Length: 2\r\n\r\nhi", 417},
    {"two expectations", kPost + "Expect: 100-continue, x\r\nContent-Length: 2\r\n\r\nhi", 417},
};

agent::Task<Reply> echo(Request* request, std::atomic<int>* runs) {
  Reply reply = text_reply(200, "");
  reply.body = co_await request->body();
  ++*runs;
  co_return reply;
}

struct Site {
  Site() {
    server.options.server_names = {"h", "server-1.example.com", "agent_server"};
    add("GET", "/get", acting("get"));
    add("POST", "/body", ReplyTask([this](Request* request) { return echo(request, &runs); }));
    add("POST", "/ignored", acting("ignored"));
    add("PUT", "/act", acting("put"));
    add("DELETE", "/act", acting("done"));
    port = server.start();
  }

  void add(std::string_view method, std::string_view pattern, Handler handler) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.handler = std::move(handler);
    server.router.add(std::move(route));
  }
  ReplyHandler acting(std::string text) {
    return [this, text](Request&) {
      ++runs;
      return text_reply(200, text);
    };
  }

  // All that comes back until the server closes, which it does once it has read the end of the stream.
  std::string ask(const std::string& request, std::size_t step) const {
    RawClient client(port);
    client.socket().set_option(asio::ip::tcp::no_delay(true));
    bool is_open = true;
    for (std::size_t at = 0; is_open && at < request.size(); at += step)
      is_open = client.send(request.substr(at, step));
    if (is_open) client.shut_down();
    return client.read_all();
  }

  HttpServer server;
  std::uint16_t port = 0;
  std::atomic<int> runs{0};
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

void check(Site& site, const Row& row, std::size_t step) {
  INFO(row.name << ", in pieces of " << step);
  site.runs = 0;
  const std::string answer = site.ask(row.request, step);
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string final = answer.starts_with(interim) ? answer.substr(interim.size()) : answer;
  CHECK_THAT(final, Catch::StartsWith("HTTP/1.1 " + std::to_string(row.status) + " "));
  CHECK(count(final, "\r\nDate: ") == 1);  // and no second answer
  CHECK(count(final, "\r\nContent-Length: ") == (row.status == 204 ? 0 : 1));
  CHECK_THAT(answer, Catch::Contains(row.text));
  CHECK(count(answer, interim) == count(row.text, interim));
  CHECK(site.runs == (row.status == 200 ? 1 : 0));
}

}  // namespace

TEST_CASE("What HTTP requests are answered, and which of them have an effect", "[server]") {
  Site site;
  for (const auto* rows : {&kLines, &kHosts, &kFraming, &kChunkRows, &kMethods}) {
    for (const Row& row : *rows) {
      check(site, row, row.request.size());
      if (row.request.size() < 1000) check(site, row, 1);
    }
  }
}
