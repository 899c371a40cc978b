// WebSocket: messages over a Stream (RFC 6455), after the upgrade.
//
// Belongs to its loop, and to none between depart() and arrive(). Pings are answered inside. Destroying it
// closes the connection. A message that takes too long, or holds too much of the memory that unfinished
// messages share, ends the connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/error.hpp"
#include "agent/task.hpp"
#include "net/byte_stream.hpp"
#include "net/websocket_codec.hpp"

namespace agent::net {

class WebSocket {
 public:
  // `rest`: bytes that arrived behind the upgrade.
  WebSocket(std::unique_ptr<Stream> stream, const WebSocketOptions& options, std::string rest = {});
  ~WebSocket();

  // The next text or binary message, whole. One reader at a time. Throws disconnected (with the peer's
  // close code and reason if it gave one), bad_message or too_large after a protocol error, timeout. The peer
  // has been told by a close frame: 1009 too large, 1008 too late, 1013 too much memory.
  Task<std::string> read();
  // A further message that has arrived already. After each read(), call it until it is empty: that
  // spares a wait per message. Throws as read() does.
  std::optional<std::string> next();
  // The message that read() or next() gave last was text, not binary.
  bool is_text() const { return is_text_; }

  // Queues a text message. `json` must be UTF-8.
  void send(std::string_view json, Flush when = Flush::now);
  // Queues a binary message: `head` and `body` as one. It is not deflated.
  void send_binary(std::string_view head, std::string_view body = {});
  void ping();
  // Sends a close frame and closes once it has left (at most a second).
  void close(std::uint16_t code, std::string_view reason);

  // Bytes of a message, from the next one on; max_message() is the limit in force. `parting`: a text message
  // for the peer whose message is larger, before the close frame.
  void set_max_message(std::size_t bytes, std::string parting = {});
  std::size_t max_message() const { return max_message_; }

  // Moves it to another loop, as Stream::depart() and arrive() say; right behind a read() that has returned.
  // What has arrived behind that message comes along.
  void depart();
  void arrive(Loop& loop);

  // When anything was last received: data, ping or pong.
  Clock::time_point last_heard() const { return last_heard_; }

  Stream& stream() { return *stream_; }

 private:
  struct Unfinished;

  void begin_wait();
  void end_wait(std::span<char> bytes);
  std::optional<std::string> take_message(std::span<char>& bytes);
  std::optional<WebSocketFrame> decode(std::span<char>& bytes);
  void handle_control(const WebSocketFrame& frame);
  void look_after_unfinished();
  bool hold(std::size_t bytes);
  void end_unfinished();
  void give_up(const Error& why, std::uint16_t code);

  std::unique_ptr<Stream> stream_;
  WebSocketCodec codec_;
  std::string rest_;  // received, not yet decoded; empty when idle
  std::size_t rest_used_ = 0;
  Clock::time_point last_heard_ = Clock::now();
  std::size_t max_message_;
  const std::chrono::milliseconds message_time_;
  const std::shared_ptr<MessageBudget> budget_;
  std::string parting_;
  std::shared_ptr<Unfinished> unfinished_;  // once a message was
  std::unique_ptr<const Error> failure_;    // why nothing more is read
  bool is_text_ = true;                     // the last message
  bool closed_ = false;                     // a close frame has been sent: nothing may follow it
};

}  // namespace agent::net
