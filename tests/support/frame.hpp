// Frame: one WebSocket frame, written and read by hand (RFC 6455, 5.2), so that it may also be wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace test {

enum class Opcode { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Frame {
  Opcode opcode = Opcode::text;
  std::string payload{};
  bool fin = true;
  bool rsv1 = false;  // permessage-deflate: the message is compressed
  bool masked = false;
};

// With a mask as a client writes it; without one as a server does.
std::string encode_frame(const Frame& frame, bool masked);
// Takes the first frame out of `bytes`; nullopt: it is not there as a whole.
std::optional<Frame> take_frame(std::string& bytes);

// One message of permessage-deflate without context takeover, and back.
std::string deflated(std::string_view text);
std::string inflated(std::string_view bytes);

}  // namespace test
