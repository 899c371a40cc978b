// WebSocketCodec: frames to messages and back (RFC 6455, permessage-deflate of RFC 7692), no I/O.
//
// permessage-deflate is used only without context takeover on both sides, so connections share one
// pair of zlib states per thread. Not thread-safe; belongs to one loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace agent::net {

// Bytes of a message that peers take unless they are told otherwise.
inline constexpr std::size_t kDefaultMaxMessage = 16 * 1024 * 1024;

class MessageBudget;

struct WebSocketOptions {
  bool is_server = false;
  bool deflate = false;                            // negotiated
  std::size_t max_message = kDefaultMaxMessage;    // bytes, also after decompression
  std::chrono::milliseconds message_time{60'000};  // and a second for each 16 KiB: see MessageTime
  std::shared_ptr<MessageBudget> budget{};         // of unfinished messages; null = none
};

// One decoded frame or message. For `close`, code and payload (the reason) are the peer's; code 1005: it gave
// none.
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

  // What decode() has begun and not ended: a message, or a frame.
  struct Unfinished {
    std::size_t received = 0;  // bytes of it that have come over the wire
    std::size_t held = 0;      // bytes of memory
  };
  std::optional<Unfinished> unfinished() const;
  // Frees what is unfinished; the codec is then of no further use.
  void give_up();

  // From the next message on.
  void set_max_message(std::size_t bytes);
  // Asked while a message is inflated: whether it may hold so much. If not, decode() throws.
  void set_permission(std::function<bool(std::size_t held)> may_hold);

  // Append one frame to `out`; a client's frames are masked.
  void encode_text(std::string_view payload, std::string& out);
  void encode_binary(std::string_view head, std::string_view body, std::string& out);
  void encode_ping(std::string_view payload, std::string& out);
  void encode_pong(std::string_view payload, std::string& out);
  // A reason that is too long for a control frame, or not UTF-8 from somewhere on, is cut there.
  void encode_close(std::uint16_t code, std::string_view reason, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The upgrade, both sides. net/extensions.hpp says what of permessage-deflate is agreed to.

// Sec-WebSocket-Key of a new client, to be remembered for check_upgrade. Its offer: deflate_offer().
std::string make_upgrade_key();

// Server: throws Errc::bad_message saying what is missing or malformed.
struct Upgrade {
  std::string accept;      // value of Sec-WebSocket-Accept
  std::string extensions;  // value of Sec-WebSocket-Extensions, "" = none
  bool deflate = false;
};
Upgrade accept_upgrade(const HttpHead& request, bool allow_deflate);

// Client: whether deflate was agreed to. Throws Errc::refused or bad_message. `offered`: the request had
// deflate_offer().
bool check_upgrade(const HttpHead& response, std::string_view key, bool offered = true);

}  // namespace agent::net
