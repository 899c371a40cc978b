// Frames of a peer: the first byte says which side we are, whether deflate was agreed to and how much is
// taken; the rest comes from the network.
#include <fmt/format.h>

#include <algorithm>

#include "agent/error.hpp"
#include "net/websocket_codec.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using agent::net::WebSocketCodec;
using agent::net::WebSocketFrame;
using agent::net::WebSocketOptions;

constexpr std::size_t kSmall = 100;
constexpr std::size_t kLarge = 64 * 1024;
constexpr std::size_t kControl =
    125;  // a control frame's payload, whatever the limit of messages: RFC 6455, 5.5

WebSocketOptions options_of(unsigned flags) {
  return {.is_server = (flags & 1) != 0,
          .deflate = (flags & 2) != 0,
          .max_message = (flags & 4) != 0 ? kSmall : kLarge};
}

// A message that was read is one that may be sent, and arrives.
void check_again(const WebSocketFrame& frame, WebSocketOptions options) {
  if (frame.kind != WebSocketFrame::Kind::text && frame.kind != WebSocketFrame::Kind::binary) return;
  WebSocketCodec receiver(options);
  options.is_server = !options.is_server;
  WebSocketCodec sender(options);
  std::string wire;
  if (frame.kind == WebSocketFrame::Kind::text) {
    sender.encode_text(frame.payload, wire);
  } else {
    sender.encode_binary(frame.payload, {}, wire);
  }
  std::span<char> left(wire);
  const auto again = receiver.decode(left);
  fuzz::require(again && again->kind == frame.kind && again->payload == frame.payload,
                "a message is not what was sent");
}

std::string transcript(WebSocketOptions options, std::string bytes, std::size_t step) {
  WebSocketCodec codec(options);
  std::string told;
  std::span<char> rest(bytes);
  try {
    while (!rest.empty()) {
      std::span<char> piece = rest.first(std::min(step, rest.size()));
      rest = rest.subspan(piece.size());
      while (!piece.empty()) {
        const auto frame = codec.decode(piece);
        if (!frame) continue;
        fuzz::require(frame->payload.size() <= std::max(options.max_message, kControl),
                      "a message beyond the limit");
        told += fmt::format("{} {} {}\n", static_cast<int>(frame->kind), frame->code, frame->payload);
        check_again(*frame, options);
      }
    }
  } catch (const agent::Error&) {
    // Any one of several faults of a frame may be told: UTF-8, compression, size, protocol.
    fuzz::require(codec.close_code() >= 1002 && codec.close_code() <= 1009, "a fault without a code");
    told += "fault";
  }
  return told;
}

}  // namespace

void fuzz::websocket(std::string_view input) {
  const WebSocketOptions options = options_of(take_byte(input));
  same_for_all_steps(
      [&](std::string_view bytes, std::size_t step) { return transcript(options, std::string(bytes), step); },
      input);
}
