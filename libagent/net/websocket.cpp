#include "net/websocket.hpp"

#include <functional>
#include <utility>

#include "net/message_budget.hpp"
#include "net/message_time.hpp"

namespace agent::net {
namespace {

constexpr std::chrono::milliseconds kCloseLimit{1000};
// A peer that pings and does not read would fill the queue with pongs. It is owed only the last one
// (RFC 6455, 5.5.3), and what is queued already is as good a sign of life.
constexpr std::size_t kPongQueue = 64 * 1024;

// RFC 6455, 7.4.1, and the registry of close codes
constexpr std::uint16_t kNormalClosure = 1000;
constexpr std::uint16_t kNoStatus = 1005;
constexpr std::uint16_t kPolicyViolation = 1008;
constexpr std::uint16_t kTryAgainLater = 1013;

std::string describe(const WebSocketFrame& close) {
  std::string text = "the peer closed the connection (" + std::to_string(close.code);
  if (!close.payload.empty()) text += " " + close.payload;
  return text + ")";
}

}  // namespace

// Unfinished: a message that has begun: its time, and its share of the memory. Made for the first message
// that does not arrive with one read, and kept for the next ones.
struct WebSocket::Unfinished final : Expiring, std::enable_shared_from_this<WebSocket::Unfinished> {
  explicit Unfinished(WebSocket& the_socket) : socket(the_socket) { socket.stream_->loop().watch(*this); }
  ~Unfinished() { socket.stream_->loop().remove(*this); }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  void expire() override {
    socket.give_up(Error(Errc::timeout, "WebSocket: a message did not end in time"), kPolicyViolation);
  }

  // Asked for by a message of another connection, on any thread. This one may have ended meanwhile.
  std::function<void()> letting_go() {
    return [&loop = socket.stream_->loop(), weak = weak_from_this()] {
      loop.post([weak] {
        const std::shared_ptr<Unfinished> self = weak.lock();
        if (self && self->share && self->share->must_go()) self->let_go();
      });
    };
  }
  void let_go() {
    socket.give_up(
        Error(Errc::too_large,
              "WebSocket: unfinished messages hold too much memory, and this connection's most of it"),
        kTryAgainLater);
  }

  WebSocket& socket;
  std::optional<MessageTime> time;  // while a message is unfinished
  std::optional<MessageBudget::Share> share;
};

WebSocket::WebSocket(std::unique_ptr<Stream> stream, const WebSocketOptions& options, std::string rest)
    : stream_(std::move(stream)),
      codec_(options),
      rest_(std::move(rest)),
      max_message_(options.max_message),
      message_time_(options.message_time),
      budget_(options.budget) {
  if (budget_ && options.deflate) codec_.set_permission([this](std::size_t bytes) { return hold(bytes); });
}

WebSocket::~WebSocket() = default;

Task<std::string> WebSocket::read() {
  for (;;) {
    if (failure_) throw Error(*failure_);
    std::optional<std::string> message = next();  // one for both: each idle connection has the frame
    if (message) co_return std::move(*message);
    begin_wait();
    std::span<char> bytes;
    try {
      bytes = co_await stream_->read();
    } catch (const Error&) {
      if (failure_) throw Error(*failure_);
      throw;
    }
    end_wait(bytes);
    message = take_message(bytes);
    rest_.assign(bytes.data(), bytes.size());  // the loop's buffer is lost at the next wait
    if (message) co_return std::move(*message);
  }
}

// The time of an unfinished message goes on only while we wait for the peer.
void WebSocket::begin_wait() {
  if (!unfinished_ || !unfinished_->time) return;
  const std::optional<WebSocketCodec::Unfinished> begun = codec_.unfinished();
  unfinished_->deadline = unfinished_->time->wait(Clock::now(), begun ? begun->received : 0);
  stream_->loop().note(unfinished_->deadline);
}

void WebSocket::end_wait(std::span<char> bytes) {
  if (failure_) throw Error(*failure_);
  if (bytes.empty()) {
    stream_->close();
    throw Error(Errc::disconnected, "the peer closed the connection");
  }
  last_heard_ = Clock::now();
  if (!unfinished_ || !unfinished_->time) return;
  unfinished_->time->stop(last_heard_);
  unfinished_->deadline = Clock::time_point::max();
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
      end_unfinished();
      is_text_ = frame->kind == WebSocketFrame::Kind::text;
      return std::move(frame->payload);
    }
    handle_control(*frame);
  }
  look_after_unfinished();
  return std::nullopt;
}

std::optional<WebSocketFrame> WebSocket::decode(std::span<char>& bytes) {
  try {
    return codec_.decode(bytes);
  } catch (const Error& error) {
    if (unfinished_ && unfinished_->share && unfinished_->share->must_go()) {
      unfinished_->let_go();
    } else {
      if (error.code() == Errc::too_large && !parting_.empty()) send(parting_);
      give_up(error, codec_.close_code());
    }
    throw Error(*failure_);
  }
}

// All that has arrived is decoded.
void WebSocket::look_after_unfinished() {
  const std::optional<WebSocketCodec::Unfinished> begun = codec_.unfinished();
  if (!begun) return end_unfinished();
  const bool may_hold = hold(begun->held);
  if (!unfinished_->time) unfinished_->time.emplace(message_time_);
  if (may_hold) return;
  unfinished_->let_go();
  throw Error(*failure_);
}

// Asks the budget for the message that is arriving.
bool WebSocket::hold(std::size_t bytes) {
  if (!unfinished_) unfinished_ = std::make_shared<Unfinished>(*this);
  if (!budget_) return true;
  if (!unfinished_->share) unfinished_->share.emplace(*budget_, unfinished_->letting_go());
  return unfinished_->share->hold(bytes);
}

void WebSocket::end_unfinished() {
  if (!unfinished_) return;
  unfinished_->time.reset();
  unfinished_->share.reset();
}

// Frees what is unfinished; the reader is told when it looks again, at the latest when the stream has closed.
void WebSocket::give_up(const Error& why, std::uint16_t code) {
  const std::shared_ptr<Unfinished> caller = std::move(unfinished_);  // may be what calls
  failure_ = std::make_unique<const Error>(why);
  codec_.give_up();
  std::string().swap(rest_);
  rest_used_ = 0;
  close(code, why.what());
}

void WebSocket::set_max_message(std::size_t bytes, std::string parting) {
  max_message_ = bytes;
  parting_.swap(parting);  // an assigned "" would keep the old one's memory
  codec_.set_max_message(bytes);
}

// No message is unfinished: what is decoded ends with the last one, and the rest has not been looked at.
void WebSocket::depart() {
  unfinished_.reset();
  stream_->depart();
}

void WebSocket::arrive(Loop& loop) { stream_->arrive(loop); }

void WebSocket::handle_control(const WebSocketFrame& frame) {
  if (frame.kind == WebSocketFrame::Kind::ping) {
    if (closed_ || stream_->queued() > kPongQueue) return;
    codec_.encode_pong(frame.payload, stream_->out());
    stream_->flush();
  } else if (frame.kind == WebSocketFrame::Kind::close) {
    close(frame.code == kNoStatus ? kNormalClosure : frame.code, "");
    give_up(Error(Errc::disconnected, describe(frame)), kNormalClosure);
    throw Error(*failure_);
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
