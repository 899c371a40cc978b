#include "tests/support/wire_peer.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace test {
namespace {

constexpr std::size_t kGoFragment = 4096;  // Go flushes a frame per so many compressed bytes

std::string describe_close(const std::string& payload) {
  if (payload.size() < 2) return "1005";
  const int code = static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
  return std::to_string(code) + " " + payload.substr(2);
}

}  // namespace

WirePeer::WirePeer(Side side, TcpSocket socket, bool deflate, std::string received)
    : side_(side), socket_(std::move(socket)), deflate_(deflate), received_(std::move(received)) {}

void WirePeer::send_frame(const Frame& frame) { socket_.send(encode_frame(frame, side_ == Side::agent)); }

void WirePeer::send(std::string_view json) {
  if (!deflate_) return send_frame({.payload = std::string(json)});
  const std::string bytes = deflated(json);
  for (std::size_t at = 0; at == 0 || at < bytes.size(); at += kGoFragment) {
    const bool first = at == 0;
    send_frame({.opcode = first ? Opcode::text : Opcode::continuation,
                .payload = bytes.substr(at, kGoFragment),
                .fin = at + kGoFragment >= bytes.size(),
                .rsv1 = first});
  }
}

void WirePeer::send_fragmented(std::string_view json, std::size_t pieces) {
  const std::size_t step = std::max<std::size_t>(json.size() / pieces, 1);
  for (std::size_t i = 0; i < pieces; ++i) {
    const bool last = i + 1 == pieces;
    const std::string_view rest = json.substr(std::min(i * step, json.size()));
    send_frame({.opcode = i == 0 ? Opcode::text : Opcode::continuation,
                .payload = std::string(last ? rest : rest.substr(0, step)),
                .fin = last});
    if (i == 0) send_frame({.opcode = Opcode::ping});
  }
}

Frame WirePeer::receive_frame(std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  for (;;) {
    if (std::optional<Frame> frame = take_frame(received_)) return std::move(*frame);
    std::string piece = socket_.receive(deadline.left());
    if (piece.empty()) throw std::runtime_error("the connection is gone");
    received_ += piece;
  }
}

std::string WirePeer::receive(std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  std::string message;
  bool compressed = false;
  for (;;) {
    Frame frame = receive_frame(deadline.left());
    if (frame.opcode == Opcode::ping) send_frame({.opcode = Opcode::pong, .payload = frame.payload});
    if (frame.opcode == Opcode::close) throw std::runtime_error("closed: " + describe_close(frame.payload));
    if (frame.opcode == Opcode::ping || frame.opcode == Opcode::pong) continue;
    compressed |= frame.rsv1;
    message += frame.payload;
    if (frame.fin) return compressed ? inflated(message) : message;
  }
}

std::string WirePeer::receive_type(int type, std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  for (;;) {
    std::string text = receive(deadline.left());
    if (agent::Envelope::parse(text).type() == type) return text;
  }
}

std::string WirePeer::receive_close(std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  std::string close;
  for (;;) {
    while (std::optional<Frame> frame = take_frame(received_)) {
      if (frame->opcode == Opcode::close) close = describe_close(frame->payload);
    }
    std::string piece = socket_.receive(deadline.left());
    if (piece.empty()) return close;
    received_ += piece;
  }
}

}  // namespace test
