// The page's files and its sessions as a browser has them, over a real listener.
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "base/event.hpp"
#include "console/page_file.hpp"
#include "console/web_console.hpp"
#include "http/body_writer.hpp"
#include "http/upgrade.hpp"
#include "net/websocket.hpp"
#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/temp_dir.hpp"

using namespace server;
using Catch::Contains;
using test::json_at;
using test::RawClient;

namespace {

const std::string kToken = "0123456789abcdef";

agent::Task<> tick_on(BodyWriter* writer) {
  while (!writer->client_gone()) {
    writer->write("tick");
    co_await writer->room();
    co_await agent::pause(std::chrono::milliseconds(5));
  }
}

agent::Task<> hold(std::shared_ptr<agent::net::WebSocket> socket) {
  for (;;) const std::string ignored = co_await socket->read();
}

// A server with one token, a route that changes something, a stream and a WebSocket.
class Desk {
 public:
  explicit Desk(bool asks = true) : audit_(directory_.path()) {
    WebConsoleOptions options;
    if (asks) {
      options.api_token = [this](std::string_view token) -> std::optional<Grant> {
        if (token != kToken || revoked_->load()) return std::nullopt;
        return Grant("ops", revoked_);
      };
    }
    http_.options.hooks.api_token = options.api_token;
    console_ = std::make_unique<WebConsole>(std::move(options), audit_);
    console_->add_routes(http_.router);
    add("GET", "/read", [](Request& request) { return text_reply(200, "name:" + request.token_name); });
    add("POST", "/change", [this](Request&) { return ++changes, text_reply(200, "changed"); });
    add("GET", "/stream", [](Request&) { return endless_reply("text/event-stream", tick_on); });
    add("GET", "/socket", [](Request& request) {
      Reply reply = upgrade_reply(request.head);
      reply.socket = hold;
      return reply;
    });
    http_.options.hooks.browser_session = [this](const agent::net::HttpHead& head) {
      return console_->session_of(head);
    };
    http_.options.timeouts.tick = std::chrono::milliseconds(10);
    port = http_.start();
    console_->start(http_.loops.front(), [this] { http_.listener().end_revoked(); });
  }
  ~Desk() {
    http_.end();
    console_.reset();  // before the loops, as in main()
  }

  std::string host() const { return "127.0.0.1:" + std::to_string(port); }
  std::string head_of(const std::string& method, const std::string& path, const std::string& headers) const {
    return method + " " + path + " HTTP/1.1\r\nHost: " + host() + "\r\n" + headers + "\r\n";
  }
  std::string ask(const std::string& method, const std::string& path, const std::string& headers = {},
                  const std::string& body = {}) const {
    RawClient client(port);
    const std::string length = "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    client.send(head_of(method, path, length + headers) + body);
    return client.read_all();
  }
  std::string sign_in(const std::string& token = kToken, const std::string& headers = {}) const {
    return ask("POST", "/console/session", headers, R"({"token":")" + token + "\"}");
  }
  // What a browser sends from then on.
  std::string cookie() const {
    const std::string reply = sign_in();
    const std::size_t at = reply.find("agent-console-");
    return "Cookie: " + reply.substr(at, reply.find(';', at) - at) + "\r\n";
  }
  std::string own_origin() const { return "Origin: http://" + host() + "\r\n"; }
  void revoke() {
    revoked_->store(true);
    console_->end_outdated();
    http_.listener().end_revoked();
  }
  std::string audit() {
    audit_.flush();
    std::ifstream in(directory_.path() + "/audit.log");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::uint16_t port = 0;
  std::atomic<int> changes{0};

 private:
  void add(const char* method, const char* pattern, ReplyHandler handler) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.summary = "x";
    route.handler = std::move(handler);
    http_.router.add(std::move(route));
  }

  test::TempDir directory_;
  Audit audit_;
  std::shared_ptr<Grant::Flag> revoked_ = std::make_shared<Grant::Flag>(false);
  std::unique_ptr<WebConsole> console_;
  test::HttpServer http_;
};

const std::string kOwnPage = "X-Agent-Console: 1\r\n";
const std::string kUpgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

std::string body_of(const std::string& reply) { return reply.substr(reply.find("\r\n\r\n") + 4); }
bool has_status(const std::string& reply, int status) {
  return reply.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

}  // namespace

TEST_CASE("A browser that has signed in reads and changes by its session, never by the token", "[server]") {
  Desk desk;
  const std::string reply = desk.sign_in();
  CHECK(json_at(body_of(reply), "payload.signed_in") == "true");
  CHECK(json_at(body_of(reply), "payload.name") == "ops");
  CHECK_THAT(reply, Contains("; HttpOnly; SameSite=Strict\r\n") && !Contains(kToken));
  const std::string cookie = desk.cookie();
  CHECK(body_of(desk.ask("GET", "/read", cookie)) == "name:ops");
  CHECK(body_of(desk.ask("POST", "/change", cookie + kOwnPage)) == "changed");
  CHECK(json_at(body_of(desk.ask("GET", "/console/session", cookie)), "payload.signed_in") == "true");
  CHECK(has_status(desk.ask("GET", "/read"), 401));
  CHECK(has_status(desk.ask("GET", "/read", "Cookie: agent-console-" + std::to_string(desk.port) + "=1\r\n"),
                   401));
  CHECK_THAT(desk.audit(), Contains("\"sign_in\"") && !Contains(kToken));
}

TEST_CASE("A wrong token opens no session, and its refusal is in the audit log", "[server]") {
  Desk desk;
  const std::string reply = desk.sign_in("0123456789abcdeX");
  CHECK(has_status(reply, 401));
  CHECK_THAT(reply, !Contains("Set-Cookie"));
  CHECK_THAT(desk.audit(), Contains("POST /console/session"));
  CHECK(has_status(desk.ask("POST", "/console/session", desk.own_origin(), "{}"), 415));
  CHECK(json_at(body_of(desk.ask("POST", "/console/session", {}, "{")), "code") == "400");
}

TEST_CASE("A request with a cookie changes nothing unless our own page sends it", "[server]") {
  Desk desk;
  const std::string cookie = desk.cookie();
  CHECK(has_status(desk.ask("POST", "/change", cookie), 403));
  CHECK(has_status(desk.ask("POST", "/change", cookie + desk.own_origin()), 403));
  CHECK(has_status(desk.ask("POST", "/change", cookie + kOwnPage + "Origin: http://127.0.0.1:1\r\n"), 403));
  CHECK(has_status(desk.ask("POST", "/change", cookie + kOwnPage + "Sec-Fetch-Site: same-site\r\n"), 403));
  CHECK(has_status(desk.ask("DELETE", "/console/session", cookie), 403));
  CHECK(has_status(desk.ask("GET", "/stream", cookie + "Origin: http://127.0.0.1:1\r\n"), 403));
  CHECK(has_status(desk.ask("GET", "/socket", cookie + kUpgrade), 403));
  CHECK(has_status(desk.ask("GET", "/socket", cookie + kUpgrade + "Origin: http://127.0.0.1:1\r\n"), 403));
  CHECK(desk.changes == 0);
  CHECK(json_at(body_of(desk.ask("GET", "/console/session", cookie)), "payload.signed_in") == "true");
}

TEST_CASE("Signing out ends the session with its streams and WebSockets, and no other one", "[server]") {
  Desk desk;
  const std::string cookie = desk.cookie();
  const std::string other = desk.cookie();
  RawClient stream(desk.port);
  RawClient others(desk.port);
  RawClient socket(desk.port);
  stream.send(desk.head_of("GET", "/stream", cookie));
  others.send(desk.head_of("GET", "/stream", other));
  socket.send(desk.head_of("GET", "/socket", cookie + kUpgrade + desk.own_origin()));
  stream.read_until("tick");
  CHECK_THAT(socket.read_until("\r\n\r\n"), Contains(" 101 "));
  const std::string out = desk.ask("DELETE", "/console/session", cookie + kOwnPage);
  CHECK(json_at(body_of(out), "payload.signed_in") == "false");
  CHECK_THAT(out, Contains("Max-Age=0"));
  stream.read_all();
  socket.read_all();
  CHECK(has_status(desk.ask("GET", "/read", cookie), 401));
  CHECK(has_status(desk.ask("GET", "/read", other), 200));
  others.read_until("tick");
  CHECK_THAT(others.read_until("tick"), Contains("tick"));
}

TEST_CASE("A token that is revoked ends the sessions of browsers and what goes on for them", "[server]") {
  Desk desk;
  const std::string cookie = desk.cookie();
  RawClient stream(desk.port);
  stream.send(desk.head_of("GET", "/stream", cookie));
  stream.read_until("tick");
  desk.revoke();
  stream.read_all();
  CHECK(has_status(desk.ask("GET", "/read", cookie), 401));
  CHECK(has_status(desk.ask("POST", "/change", cookie + kOwnPage), 401));
  CHECK(json_at(body_of(desk.ask("GET", "/console/session", cookie)), "payload.signed_in") == "false");
  CHECK(has_status(desk.sign_in(), 401));
}

TEST_CASE("Where no token is asked for, the page needs no session", "[server]") {
  Desk desk(false);
  CHECK(json_at(body_of(desk.ask("GET", "/console/session")), "payload.asks_for_token") == "false");
  CHECK(has_status(desk.ask("GET", "/read"), 200));
  CHECK(has_status(desk.ask("POST", "/change", desk.own_origin()), 200));
  CHECK(has_status(desk.ask("POST", "/change", "Origin: http://127.0.0.1:1\r\n"), 403));
}

TEST_CASE("The page and its files come with rules that leave no room for foreign code", "[server]") {
  Desk desk;
  const std::string index = desk.ask("GET", "/");
  CHECK(has_status(index, 200));
  CHECK_THAT(index, Contains("Content-Type: text/html; charset=utf-8\r\n") &&
                        Contains("X-Frame-Options: DENY\r\n") && Contains("nosniff") &&
                        Contains("default-src 'self'") && Contains("frame-ancestors 'none'") &&
                        Contains("require-trusted-types-for 'script'") && !Contains("unsafe-"));
  const std::string below = "/console/" + std::string(page_digest()) + "/";
  std::size_t links = 0;
  for (std::size_t at = 0; (at = index.find(below, at)) != std::string::npos; ++links) {
    const std::string path = index.substr(at, index.find('"', at) - at);
    CAPTURE(path);
    const std::string reply = desk.ask("GET", path);
    CHECK(has_status(reply, 200));
    CHECK_THAT(reply, Contains("immutable") && Contains("nosniff"));
    at += path.size();
  }
  CHECK(links >= 3);
  // Nothing in the document itself: no script, no style.
  CHECK(index.find("<style") == std::string::npos);
  CHECK(index.find("></script>") != std::string::npos);
  CHECK_THAT(desk.ask("GET", below + "main.js"),
             Contains("Content-Type: text/javascript; charset=utf-8\r\n"));
}

TEST_CASE("A file of the page is sent compressed, once, and under the address of its build alone",
          "[server]") {
  Desk desk;
  const std::string path = "/console/" + std::string(page_digest()) + "/main.js";
  const std::string plain = desk.ask("GET", path);
  const std::string packed = desk.ask("GET", path, "Accept-Encoding: br, gzip\r\n");
  CHECK_THAT(plain, !Contains("Content-Encoding"));
  CHECK_THAT(packed, Contains("Content-Encoding: gzip\r\n") && Contains("Vary: Accept-Encoding\r\n"));
  CHECK(body_of(packed).starts_with("\x1f\x8b"));
  CHECK_THAT(desk.ask("GET", path, "Accept-Encoding: gzip;q=0\r\n"), !Contains("Content-Encoding"));
  const std::size_t at = packed.find("ETag: ") + 6;
  const std::string etag = packed.substr(at, packed.find("\r\n", at) - at);
  const std::string again = desk.ask("GET", path, "Accept-Encoding: gzip\r\nIf-None-Match: " + etag + "\r\n");
  CHECK(has_status(again, 304));
  CHECK(body_of(again).empty());
  CHECK(has_status(desk.ask("GET", path, "If-None-Match: " + etag + "\r\n"), 200));  // the other form of it
  CHECK(has_status(desk.ask("GET", "/console/0000000000000000/main.js"), 404));
  CHECK(has_status(desk.ask("GET", "/console/" + std::string(page_digest()) + "/none.js"), 404));
  CHECK(has_status(desk.ask("GET", "/console/" + std::string(page_digest()) + "/..%2Fmain.js"), 404));
}

TEST_CASE("The page is small without the emulator of its terminals", "[server]") {
  std::size_t packed = 0;
  for (const PageFile& file : page_files()) {
    CAPTURE(file.name);
    CHECK(file.packed.size() > 2);
    if (!file.name.starts_with("emulator.")) packed += file.packed.size();
  }
  CHECK(packed <= 200 * 1000);
}
