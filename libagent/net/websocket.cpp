#include "net/websocket.hpp"

#include <utility>

#include "agent/error.hpp"

namespace agent::net {
namespace {

constexpr std::chrono::milliseconds kCloseLimit{1000};
// A peer that pings and does not read would fill the queue with pongs. It is owed only the last one
// (RFC 6455, 5.5.3), and what is queued already is as good a sign of life.
constexpr std::size_t kPongQueue = 64 * 1024;

constexpr std::uint16_t kNormalClosure = 1000;

// RFC 6455, 7.4: some codes only describe what was seen and never travel.
bool is_sendable(std::uint16_t code) {
  return code >= 1000 && code < 5000 && code != 1004 && code != 1005 && code != 1006 && code != 1015;
}

std::string describe(const WebSocketFrame& close) {
  std::string text = "the peer closed the connection (" + std::to_string(close.code);
  if (!close.payload.empty()) text += " " + close.payload;
  return text + ")";
}

}  // namespace

WebSocket::WebSocket(std::unique_ptr<Stream> stream, const WebSocketOptions& options, std::string rest)
    : stream_(std::move(stream)), codec_(options), rest_(std::move(rest)) {}

WebSocket::~WebSocket() = default;

Task<std::string> WebSocket::read() {
  for (;;) {
    if (std::optional<std::string> message = next()) co_return std::move(*message);
    std::span<char> bytes = co_await stream_->read();
    if (bytes.empty()) {
      stream_->close();
      throw Error(Errc::disconnected, "the peer closed the connection");
    }
    last_heard_ = Clock::now();
    std::optional<std::string> message = take_message(bytes);
    rest_.assign(bytes.data(), bytes.size());  // the loop's buffer is lost at the next wait
    if (message) co_return std::move(*message);
  }
}

std::optional<std::string> WebSocket::next() {
  if (rest_.empty()) return std::nullopt;
  std::span<char> bytes(rest_.data() + rest_used_, rest_.size() - rest_used_);
  std::optional<std::string> message = take_message(bytes);
  rest_used_ = rest_.size() - bytes.size();
  if (bytes.empty()) {
    std::string().swap(rest_);
    rest_used_ = 0;
  }
  return message;
}

// The first text or binary message in `bytes`; control frames before it are handled.
std::optional<std::string> WebSocket::take_message(std::span<char>& bytes) {
  while (!bytes.empty()) {
    std::optional<WebSocketFrame> frame = decode(bytes);
    if (!frame) continue;
    if (frame->kind == WebSocketFrame::Kind::text || frame->kind == WebSocketFrame::Kind::binary) {
      return std::move(frame->payload);
    }
    handle_control(*frame);
  }
  return std::nullopt;
}

std::optional<WebSocketFrame> WebSocket::decode(std::span<char>& bytes) {
  try {
    return codec_.decode(bytes);
  } catch (const Error& error) {
    close(codec_.close_code(), error.what());
    throw;
  }
}

void WebSocket::handle_control(const WebSocketFrame& frame) {
  if (frame.kind == WebSocketFrame::Kind::ping) {
    if (closed_ || stream_->queued() > kPongQueue) return;
    codec_.encode_pong(frame.payload, stream_->out());
    stream_->flush();
  } else if (frame.kind == WebSocketFrame::Kind::close) {
    close(is_sendable(frame.code) ? frame.code : kNormalClosure, "");
    throw Error(Errc::disconnected, describe(frame));
  }
}

void WebSocket::send(std::string_view json, Flush when) {
  if (closed_) return;
  codec_.encode_text(json, stream_->out());
  stream_->flush(when);
}

void WebSocket::send_binary(std::string_view head, std::string_view body) {
  if (closed_) return;
  codec_.encode_binary(head, body, stream_->out());
  stream_->flush();
}

void WebSocket::ping() {
  if (closed_) return;
  codec_.encode_ping({}, stream_->out());
  stream_->flush();
}

void WebSocket::close(std::uint16_t code, std::string_view reason) {
  if (std::exchange(closed_, true)) return;
  codec_.encode_close(code, reason, stream_->out());
  stream_->close_after_writing(kCloseLimit);
}

}  // namespace agent::net
