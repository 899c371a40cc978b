// The rules for WebSocket upgrades in one table for each side (RFC 6455, 4.1 and 4.2.1).
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "net/http.hpp"
#include "net/upgrade_rules.hpp"
#include "net/websocket_codec.hpp"

using namespace agent::net;
using agent::Error;

namespace {

struct Row {
  std::string name;
  std::string head;
  int status;             // 0: it is an upgrade
  std::string text = {};  // in the refusal
};

const std::string kGet = "GET /ws/agent HTTP/1.1\r\nHost: h\r\n";
const std::string kUpgrade = "Upgrade: websocket\r\n";
const std::string kConnection = "Connection: Upgrade\r\n";
const std::string kVersion = "Sec-WebSocket-Version: 13\r\n";
const std::string kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string kWebSocket = kVersion + kKey;

const std::vector<Row> kRequests = {
    {"as original agents send it", kGet + kConnection + kUpgrade + kWebSocket, 0},
    {"in other letters", kGet + "connection: upgrade\r\nUPGRADE: WebSocket\r\n" + kWebSocket, 0},
    {"keep-alive beside it, as Firefox sends it",
     kGet + "Connection: keep-alive, Upgrade\r\n" + kUpgrade + kWebSocket, 0},
    {"two Connection lines", kGet + "Connection: keep-alive\r\n" + kConnection + kUpgrade + kWebSocket, 0},
    {"one of several protocols", kGet + kConnection + "Upgrade: h2c, websocket\r\n" + kWebSocket, 0},
    {"a subprotocol, which is not chosen",
     kGet + kConnection + kUpgrade + kWebSocket + "Sec-WebSocket-Protocol: chat\r\n", 0},
    {"no body, and says so", kGet + kConnection + kUpgrade + kWebSocket + "Content-Length: 0\r\n", 0},
    {"a key whose last digit has bits to spare",
     kGet + kConnection + kUpgrade + kVersion + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n", 0},

    {"no upgrade at all", kGet, 400, "Upgrade"},
    {"no Upgrade", kGet + kConnection + kWebSocket, 400, "Upgrade header"},
    {"another protocol", kGet + kConnection + "Upgrade: h2c\r\n" + kWebSocket, 400, "Upgrade header"},
    {"a protocol that only begins so", kGet + kConnection + "Upgrade: websocket2\r\n" + kWebSocket, 400,
     "Upgrade header"},
    {"no Connection", kGet + kUpgrade + kWebSocket, 400, "Connection header"},
    {"Connection: close", kGet + "Connection: close\r\n" + kUpgrade + kWebSocket, 400, "Connection header"},
    {"a token that only begins so", kGet + "Connection: upgraded\r\n" + kUpgrade + kWebSocket, 400,
     "Connection header"},
    {"HTTP/1.0, as nginx sends it by default",
     "GET /ws/agent HTTP/1.0\r\nHost: h\r\n" + kConnection + kUpgrade + kWebSocket, 400,
     "proxy_http_version 1.1"},
    {"HTTP/1.0 and nothing else", "GET /ws/agent HTTP/1.0\r\n", 400, "proxy_http_version 1.1"},
    {"no version", kGet + kConnection + kUpgrade + kKey, 400, "Sec-WebSocket-Version"},
    {"two versions", kGet + kConnection + kUpgrade + kWebSocket + kVersion, 400, "Sec-WebSocket-Version"},
    {"an old version", kGet + kConnection + kUpgrade + kKey + "Sec-WebSocket-Version: 8\r\n", 426,
     "Sec-WebSocket-Version is not 13"},
    {"a list of versions", kGet + kConnection + kUpgrade + kKey + "Sec-WebSocket-Version: 13, 8\r\n", 426,
     "Sec-WebSocket-Version is not 13"},
    {"an empty version", kGet + kConnection + kUpgrade + kKey + "Sec-WebSocket-Version:\r\n", 426},
    {"no key", kGet + kConnection + kUpgrade + kVersion, 400, "Sec-WebSocket-Key"},
    {"two keys", kGet + kConnection + kUpgrade + kWebSocket + kKey, 400, "Sec-WebSocket-Key"},
    {"an empty key", kGet + kConnection + kUpgrade + kVersion + "Sec-WebSocket-Key:\r\n", 400,
     "Sec-WebSocket-Key"},
    {"a key of 3 bytes", kGet + kConnection + kUpgrade + kVersion + "Sec-WebSocket-Key: YWJj\r\n", 400,
     "16 bytes"},
    {"a key of 18 bytes",
     kGet + kConnection + kUpgrade + kVersion + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWFi\r\n", 400,
     "16 bytes"},
    {"24 characters that are no base64",
     kGet + kConnection + kUpgrade + kVersion + "Sec-WebSocket-Key: dGhlIHNhbXBs?SBub25jZQ==\r\n", 400,
     "16 bytes"},
    {"a body", kGet + kConnection + kUpgrade + kWebSocket + "Content-Length: 5\r\n", 400, "body"},
    {"a body in chunks", kGet + kConnection + kUpgrade + kWebSocket + "Transfer-Encoding: chunked\r\n", 400,
     "body"},
};

HttpHead parse(HttpParser::Kind kind, std::string text) {
  text += "\r\n";
  HttpParser parser(kind, {});
  std::span<char> bytes(text);
  REQUIRE(parser.parse(bytes) == HttpParser::Event::head);
  return parser.head();
}

const std::string kAnswer = "HTTP/1.1 101 Switching Protocols\r\n";
const std::string kAccept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

const std::vector<Row> kAnswers = {
    {"as originals answer", kAnswer + kUpgrade + kConnection + kAccept, 0},
    {"in other letters", kAnswer + "upgrade: WebSocket\r\nconnection: keep-alive, UPGRADE\r\n" + kAccept, 0},
    {"through a proxy that speaks HTTP/1.0",
     "HTTP/1.0 101 Switching Protocols\r\n" + kUpgrade + kConnection + kAccept, 0},
    {"no Upgrade", kAnswer + kConnection + kAccept, 1, "something else than websocket"},
    {"another protocol", kAnswer + "Upgrade: h2c\r\n" + kConnection + kAccept, 1, "something else"},
    {"no Connection", kAnswer + kUpgrade + kAccept, 1, "Connection"},
    {"Connection: close", kAnswer + kUpgrade + "Connection: close\r\n" + kAccept, 1, "Connection"},
    {"a subprotocol that nobody asked for",
     kAnswer + kUpgrade + kConnection + kAccept + "Sec-WebSocket-Protocol: chat\r\n", 1, "subprotocol"},
    {"no Accept", kAnswer + kUpgrade + kConnection, 1, "Sec-WebSocket-Accept"},
    {"another key's Accept",
     kAnswer + kUpgrade + kConnection + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n", 1,
     "Sec-WebSocket-Accept"},
    {"two Accepts", kAnswer + kUpgrade + kConnection + kAccept + kAccept, 1, "Sec-WebSocket-Accept"},
    {"an extension that nobody offered",
     kAnswer + kUpgrade + kConnection + kAccept + "Sec-WebSocket-Extensions: x-other\r\n", 1, "extension"},
    {"no upgrade", "HTTP/1.1 200 OK\r\n" + kUpgrade + kConnection + kAccept, 1, "200"},
};

}  // namespace

TEST_CASE("Which requests are an agent's upgrade, and what the others are told", "[net]") {
  for (const Row& row : kRequests) {
    INFO(row.name);
    const HttpHead head = parse(HttpParser::Kind::request, row.head);
    int status = 0;
    std::string text;
    try {
      accept_upgrade(head, true);
    } catch (const HttpFault& fault) {
      status = fault.status;
      text = fault.what();
    }
    CHECK(status == row.status);
    CHECK_THAT(text, Catch::Contains(row.text));
  }
}

TEST_CASE("Which answers to an upgrade an agent accepts", "[net]") {
  for (const Row& row : kAnswers) {
    INFO(row.name);
    const HttpHead head = parse(HttpParser::Kind::response, row.head);
    bool refused = false;
    std::string text;
    try {
      check_upgrade(head, "dGhlIHNhbXBsZSBub25jZQ==");
    } catch (const Error& error) {
      refused = true;
      text = error.what();
    }
    CHECK(refused == (row.status != 0));
    CHECK_THAT(text, Catch::Contains(row.text));
  }
}
