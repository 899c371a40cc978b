// Stream: the bytes of one TCP connection, in the clear or through TLS.
//
// Belongs to its loop, and to none between depart() and arrive(). Destroying it closes the connection. Idle,
// it owns half a kilobyte.
#pragma once

#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/task.hpp"
#include "net/loop.hpp"
#include "net/tls.hpp"

namespace agent::net {

// When queued bytes leave: at once, after the current handler, within kSoon, or within kLater; in any case
// together with what leaves before, which spares both sides a packet and a wake-up. More than kGatherLimit
// bytes never wait. `at_once` spares the loop a look at its sockets; a second one within kGather waits for
// the handler's end, so that many in a row leave together.
enum class Flush { at_once, now, soon, later };

inline constexpr std::chrono::microseconds kGather{100};
inline constexpr std::chrono::milliseconds kSoon{1};
inline constexpr std::chrono::milliseconds kLater{50};
inline constexpr std::size_t kGatherLimit = 16 * 1024;

class Stream {
 public:
  // Takes over a connected socket; sets TCP_NODELAY.
  Stream(Loop& loop, asio::ip::tcp::socket socket, std::unique_ptr<Tls> tls = nullptr);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Loop& loop() const;
  bool is_open() const;
  bool is_tls() const;
  std::string peer_name() const;      // common name of the peer's certificate, "" without one
  std::string local_address() const;  // "192.0.2.1", "" when closed
  std::string remote_address() const;

  // From here on through TLS; for a plain stream on which nothing is queued (a proxy's tunnel).
  void start_tls(std::unique_ptr<Tls> tls);

  // Completes the TLS handshake; does nothing for a plain stream.
  Task<> handshake();

  // The next bytes, empty at the end of the stream. They may be changed in place, and are gone at the
  // next co_await. One reader at a time.
  // Throws disconnected, or timeout when the deadline passed.
  Task<std::span<char>> read();

  // Queues bytes. They leave after the current handler, many in one write, in order.
  // Ignored on a closed stream.
  void send(std::string_view bytes);

  // For encoders that append in place: the queue's end. Call flush() afterwards.
  std::string& out();
  void flush(Flush when = Flush::now);

  // Bytes not yet taken by the kernel.
  std::size_t queued() const;

  // Waits until at most `limit` bytes are queued. Throws disconnected or timeout.
  Task<> room(std::size_t limit);

  // Closes at `deadline` and makes waiting calls throw Errc::timeout; max() = never.
  void expires_at(Clock::time_point deadline);

  // Closes at once; waiting calls throw disconnected. What is queued is lost.
  void close();
  // Closes once what is queued has left, or after `limit`.
  void close_after_writing(std::chrono::milliseconds limit);

  // Moves the connection to another loop: depart() on the old one, then arrive() on the new one, and nothing
  // between them but the Stream's end. While nobody reads, waits for room or shakes hands. What has been
  // received and not read, what is queued, TLS, deadline and counters come along; nothing of it stays with
  // the old loop.
  void depart();
  void arrive(Loop& loop);

  // Bytes on the network side, both directions.
  std::uint64_t bytes_in() const;
  std::uint64_t bytes_out() const;

 private:
  struct State;
  struct Baggage;
  Task<std::span<char>> wire_read();
  Task<std::span<char>> tls_read();
  std::shared_ptr<State> state_;      // null between two loops
  std::unique_ptr<Baggage> baggage_;  // between two loops
};

}  // namespace agent::net
