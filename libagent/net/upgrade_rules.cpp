#include "net/upgrade_rules.hpp"

#include <algorithm>

namespace agent::net {
namespace {

// 16 bytes in base64. The last digit before the padding may have bits that say nothing: some clients draw the
// digits and not the bytes.
bool is_key(std::string_view text) {
  constexpr std::size_t kDigits = 22;
  auto is_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return text.size() == kDigits + 2 && text.ends_with("==") &&
         std::all_of(text.begin(), text.begin() + kDigits, is_digit);
}

void check_version(const HttpHead& request) {
  const std::size_t count = request.count("sec-websocket-version");
  if (count == 0) throw HttpFault(400, "Sec-WebSocket-Version is missing");
  if (count > 1) throw HttpFault(400, "more than one Sec-WebSocket-Version");
  if (request.header("sec-websocket-version") != kWebSocketVersion) {
    throw HttpFault(426, "Sec-WebSocket-Version is not 13");
  }
}

void check_key(const HttpHead& request) {
  const std::size_t count = request.count("sec-websocket-key");
  if (count > 1) throw HttpFault(400, "more than one Sec-WebSocket-Key");
  if (count == 0 || !is_key(request.header("sec-websocket-key"))) {
    throw HttpFault(400, "Sec-WebSocket-Key is missing or not 16 bytes in base64");
  }
}

}  // namespace

void check_upgrade_request(const HttpHead& request) {
  if (request.minor == 0) {
    throw HttpFault(400, "a WebSocket needs HTTP/1.1; behind nginx set: proxy_http_version 1.1");
  }
  if (!request.lists("upgrade", "websocket")) throw HttpFault(400, "the Upgrade header is not websocket");
  if (!request.lists("connection", "upgrade")) {
    throw HttpFault(
        400,
        "the Connection header does not list upgrade; behind nginx set: proxy_set_header Connection upgrade");
  }
  // What a front takes for a body would be frames to us.
  if (request.chunked || request.content_length.value_or(0) > 0) {
    throw HttpFault(400, "an upgrade has no body");
  }
  check_version(request);
  check_key(request);
}

void check_upgrade_answer(const HttpHead& response) {
  if (!response.lists("upgrade", "websocket")) {
    throw Error(Errc::bad_message, "the server upgraded to something else than websocket");
  }
  if (!response.lists("connection", "upgrade")) {
    throw Error(Errc::bad_message, "the server's Connection header does not list upgrade");
  }
  if (response.count("sec-websocket-protocol") > 0) {
    throw Error(Errc::bad_message, "the server chose a subprotocol, and none was asked for");
  }
  if (response.count("sec-websocket-accept") > 1) {
    throw Error(Errc::bad_message, "more than one Sec-WebSocket-Accept");
  }
}

}  // namespace agent::net
