// BulkStreams: bytes of any amount beside the messages of one WebSocket (capability `stream`, docs/wire.md).
//
// Each stream has a sender and a receiver, who grants it credit in bytes; what is not granted waits with its
// producer. Bulk goes to the socket in slices, and only while little is queued there, so that no message
// waits behind more than kBulkQueue and a slice. Belongs to the loop of the socket.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/error.hpp"
#include "agent/task.hpp"
#include "base/event.hpp"
#include "net/credit_window.hpp"
#include "net/loop.hpp"
#include "net/websocket.hpp"

namespace agent::net {

// What a producer is ahead of the socket.
inline constexpr std::size_t kBulkAhead = 256 * 1024;
inline constexpr std::size_t kBulkSlice = 60 * 1024;
inline constexpr std::size_t kBulkQueue = 64 * 1024;

// ---- frames: one byte kind, four bytes stream (most significant first), payload

enum class BulkKind : std::uint8_t {
  data = 1,
  credit = 2,  // payload: eight bytes, how many more bytes may be sent
  end = 3,     // payload: a digest of the content or whatever both have agreed on
  reset = 4,   // payload: why there is no more, or why no more is wanted
};

// Whether a message is a frame: JSON begins with other bytes.
bool is_bulk(std::string_view message);
std::string encode_bulk(BulkKind kind, std::uint32_t id, std::string_view payload);
std::string encode_credit(std::uint32_t id, std::uint64_t bytes);

class BulkStreams;

// BulkSource: the receiving end of a stream. Destroying it before its end tells the sender to stop.
class BulkSource {
 public:
  // Throws Errc::bad_message when there is one of that number.
  BulkSource(std::shared_ptr<BulkStreams> streams, std::uint32_t id);
  ~BulkSource();
  BulkSource(const BulkSource&) = delete;
  BulkSource& operator=(const BulkSource&) = delete;

  // What has arrived, at most kBulkAhead bytes, "" at the end. The first call grants the first credit. One
  // caller at a time. Throws refused (the sender's reason), disconnected, timeout, cancelled.
  Task<std::string> read(Clock::time_point deadline);
  // After the end.
  const std::string& note() const { return note_; }

 private:
  friend class BulkStreams;
  void receive(std::string_view bytes);
  void end(std::string_view note);
  void fail(Error error);
  void grant();
  std::string take();

  std::shared_ptr<BulkStreams> streams_;
  const std::uint32_t id_;
  Event changed_;
  std::deque<std::string> pieces_;
  CreditWindow window_;
  std::uint64_t granted_ = 0;   // in all
  std::uint64_t received_ = 0;  // in all
  std::uint64_t taken_ = 0;     // in all
  bool ended_ = false;
  std::string note_;
  std::optional<Error> error_;
};

// BulkSink: the sending end. Destroying it before end() tells the receiver that there is no more.
class BulkSink {
 public:
  // Throws Errc::bad_message when there is one of that number.
  BulkSink(std::shared_ptr<BulkStreams> streams, std::uint32_t id);
  ~BulkSink();
  BulkSink(const BulkSink&) = delete;
  BulkSink& operator=(const BulkSink&) = delete;

  // Waits until less than kBulkAhead bytes are ahead, then queues. One caller at a time. Throws refused (the
  // receiver's reason), disconnected, timeout, cancelled.
  Task<> write(std::string bytes, Clock::time_point deadline);
  // What is queued still leaves, also when this is destroyed. Nothing may follow.
  void end(std::string_view note);
  void fail(std::string_view why);

 private:
  friend class BulkStreams;

  // Shared with the streams, because what is queued may outlive the sink.
  struct State;
  std::shared_ptr<BulkStreams> streams_;
  std::shared_ptr<State> state_;
};

class BulkStreams : public std::enable_shared_from_this<BulkStreams> {
 public:
  // `socket` must live until close().
  explicit BulkStreams(WebSocket& socket) : loop_(socket.stream().loop()), socket_(&socket) {}
  BulkStreams(const BulkStreams&) = delete;
  BulkStreams& operator=(const BulkStreams&) = delete;

  // A number that this side has not used yet. Only one side, the server, numbers streams.
  std::uint32_t next_id() { return ++last_id_; }

  // A received frame. Throws Errc::bad_message for what breaks the rules: the socket is to be closed.
  void receive(std::string_view frame);

  // The session is over: everybody who waits learns it.
  void close(std::string_view reason);

  Loop& loop() { return loop_; }

 private:
  friend class BulkSource;
  friend class BulkSink;

  void send(std::string_view frame);
  void pump();
  bool send_slice();
  static Task<> drain(std::shared_ptr<BulkStreams> self);

  Loop& loop_;
  WebSocket* socket_;  // nullptr after close()
  std::string reason_;
  std::uint32_t last_id_ = 0;
  std::map<std::uint32_t, BulkSource*> sources_;
  std::map<std::uint32_t, std::shared_ptr<BulkSink::State>> sinks_;
  std::uint32_t last_served_ = 0;  // sinks take turns
  bool draining_ = false;
};

}  // namespace agent::net
