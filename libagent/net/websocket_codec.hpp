// WebSocketCodec: frames to messages and back (RFC 6455, permessage-deflate of RFC 7692), no I/O.
//
// permessage-deflate is used only without context takeover on both sides, so connections share one
// pair of zlib states per thread. Not thread-safe; belongs to one loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace agent::net {

// Bytes of a message that peers take unless they are told otherwise.
inline constexpr std::size_t kDefaultMaxMessage = 16 * 1024 * 1024;

struct WebSocketOptions {
  bool is_server = false;
  bool deflate = false;                          // negotiated
  std::size_t max_message = kDefaultMaxMessage;  // bytes, also after decompression
};

// One decoded frame or message. For `close`, code and payload (the reason) are the peer's.
struct WebSocketFrame {
  enum class Kind { text, binary, ping, pong, close };
  Kind kind = Kind::text;
  std::uint16_t code = 0;
  std::string payload;
};

class WebSocketCodec {
 public:
  explicit WebSocketCodec(const WebSocketOptions& options);
  ~WebSocketCodec();
  WebSocketCodec(WebSocketCodec&&) noexcept;

  // Decodes from the front of `bytes` (changing them in place) up to the first complete message or
  // control frame; `bytes` is what is left afterwards. nullopt: all used, more is needed.
  // Throws bad_message (RFC 6455 violation, invalid UTF-8, broken deflate) or too_large; the codec is
  // then of no further use, and close_code() says what the peer is to be told.
  std::optional<WebSocketFrame> decode(std::span<char>& bytes);
  std::uint16_t close_code() const;

  // Append one frame to `out`; a client's frames are masked.
  void encode_text(std::string_view payload, std::string& out);
  void encode_binary(std::string_view head, std::string_view body, std::string& out);
  void encode_ping(std::string_view payload, std::string& out);
  void encode_pong(std::string_view payload, std::string& out);
  void encode_close(std::uint16_t code, std::string_view reason, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The upgrade, both sides. permessage-deflate is agreed to only with both no_context_takeover parameters.

// The request's Sec-WebSocket-* headers of a new client; `key` is remembered for check_upgrade.
std::string make_upgrade_key();
std::string deflate_offer();  // value of Sec-WebSocket-Extensions

// Server: throws HttpFault saying what is wrong (upgrade_rules.hpp).
struct Upgrade {
  std::string accept;      // value of Sec-WebSocket-Accept
  std::string extensions;  // value of Sec-WebSocket-Extensions, "" = none
  bool deflate = false;
};
Upgrade accept_upgrade(const HttpHead& request, bool allow_deflate);

// Client: whether deflate was agreed to. Throws Errc::refused, or bad_message for an answer that is none.
bool check_upgrade(const HttpHead& response, std::string_view key);

}  // namespace agent::net
