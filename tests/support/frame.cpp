#include "tests/support/frame.hpp"

#include <array>
#include <cstring>
#include <stdexcept>

#include "net/deflate.hpp"

namespace test {
namespace {

constexpr std::array<std::uint8_t, 4> kMask{0x37, 0xfa, 0x21, 0x3d};  // that of RFC 6455, 5.7
constexpr std::size_t kInflateLimit = 64 * 1024 * 1024;

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t get_big_endian(std::string_view in, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<std::uint8_t>(in[at + i]);
  return value;
}

// Where the parts of a frame lie, as far as its first bytes tell.
struct Layout {
  std::size_t mask_at = 2;
  std::size_t payload_at = 2;
  std::uint64_t size = 0;
};

std::optional<Layout> read_layout(std::string_view bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  Layout layout{.size = second & 0x7Fu};
  const std::size_t extended = layout.size == 126 ? 2 : layout.size == 127 ? 8 : 0;
  layout.mask_at += extended;
  layout.payload_at = layout.mask_at + ((second & 0x80u) != 0 ? 4 : 0);
  if (bytes.size() < layout.payload_at) return std::nullopt;
  if (extended != 0) layout.size = get_big_endian(bytes, 2, extended);
  if (bytes.size() - layout.payload_at < layout.size) return std::nullopt;
  return layout;
}

}  // namespace

std::string encode_frame(const Frame& frame, bool masked) {
  std::string out;
  const int first = (frame.fin ? 0x80 : 0) | (frame.rsv1 ? 0x40 : 0) | static_cast<int>(frame.opcode);
  const int mask_bit = masked ? 0x80 : 0;
  const std::size_t size = frame.payload.size();
  out.push_back(static_cast<char>(first));
  if (size < 126) {
    out.push_back(static_cast<char>(mask_bit | static_cast<int>(size)));
  } else if (size < 65536) {
    out.push_back(static_cast<char>(mask_bit | 126));
    put_big_endian(out, size, 2);
  } else {
    out.push_back(static_cast<char>(mask_bit | 127));
    put_big_endian(out, size, 8);
  }
  if (!masked) return out + frame.payload;
  for (std::uint8_t byte : kMask) out.push_back(static_cast<char>(byte));
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<char>(frame.payload[i] ^ kMask[i % 4]));
  return out;
}

std::optional<Frame> take_frame(std::string& bytes) {
  const std::optional<Layout> layout = read_layout(bytes);
  if (!layout) return std::nullopt;
  Frame frame;
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  frame.fin = (first & 0x80u) != 0;
  frame.rsv1 = (first & 0x40u) != 0;
  frame.opcode = static_cast<Opcode>(first & 0x0Fu);
  frame.masked = layout->payload_at != layout->mask_at;
  frame.payload = bytes.substr(layout->payload_at, layout->size);
  if (frame.masked) {
    for (std::size_t i = 0; i < frame.payload.size(); ++i) {
      frame.payload[i] = static_cast<char>(frame.payload[i] ^ bytes[layout->mask_at + i % 4]);
    }
  }
  bytes.erase(0, layout->payload_at + layout->size);
  return frame;
}

std::string deflated(std::string_view text) {
  std::string out;
  agent::net::deflate_message(text, out);
  return out;
}

std::string inflated(std::string_view bytes) {
  agent::net::Deflate deflate;
  deflate.set_limit(kInflateLimit);
  const std::string whole = std::string(bytes) + std::string("\0\0\xff\xff", 4);
  std::string out;
  const auto* data = reinterpret_cast<const std::uint8_t*>(whole.data());
  if (deflate.decompress(data, whole.size(), out))
    throw std::runtime_error("a message that does not inflate");
  return out;
}

}  // namespace test
